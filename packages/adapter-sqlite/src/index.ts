export { sqliteAdapter } from './sqlite-adapter.ts'
export type { SqliteAdapterOptions } from './options.ts'
export type { TableOptions, TablesOption } from '@synclayer/adapter-kit'
