export { mariadbAdapter, mariadbSchemaSql, type MariadbAdapterOptions } from './mariadb-adapter.ts'
export type { SchemaSqlOptions, ViewColumns, ViewColumnType } from '@synclayer/adapter-mysql/family'
