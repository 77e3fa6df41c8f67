export { memoryStorage, openMemoryStorage } from '../storage-memory/memory-storage.ts'
export { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'
