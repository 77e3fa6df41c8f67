export type { SqliteStorageOptions } from './options.ts'
export { sqliteStorage } from './sqlite-storage.ts'
