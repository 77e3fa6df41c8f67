export { mariadbAdapter, mariadbSchemaSql, type MariadbAdapterOptions } from './mariadb-adapter.ts'
export type { SchemaSqlOptions } from '@synclayer/adapter-mysql/family'
