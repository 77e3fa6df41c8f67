export { sqliteAdapter } from './sqlite-adapter.ts'
export type { SqliteAdapterOptions } from './options.ts'
