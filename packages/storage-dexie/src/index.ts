export { dexieStorage } from './dexie-storage.ts'
export type { DexieStorageOptions } from './options.ts'
export { storagePersistence, type StoragePersistence } from './persistence.ts'
