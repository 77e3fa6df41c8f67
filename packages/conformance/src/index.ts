export { type SeededRandom, seededRandom, type TestRunner } from './runner.ts'
export { storageConformance } from './storage/storage-conformance.ts'
export type { StorageConformanceOptions, StorageContext } from './storage/storage-suite.ts'
