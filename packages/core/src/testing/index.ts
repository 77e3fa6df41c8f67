export { memoryStorage, openMemoryStorage } from '../storage-memory/memory-storage.ts'
export { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'
export { createModelBackend, type ModelBackend, type ModelBackendOptions } from './model-backend.ts'
export { faultyAdapter, type FaultCounts, type Faults, noFaults } from './faulty-adapter.ts'
export { createVirtualTime, type VirtualTime } from './virtual-time.ts'
export { fakeConnectivity, type FakeConnectivity } from './fake-connectivity.ts'
export { seededRandom } from './seeded-random.ts'
export {
  createTestLayer,
  type LoggedLine,
  testDeps,
  type TestDeps,
  type TestDepsOptions,
} from './test-deps.ts'
