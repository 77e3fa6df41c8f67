export { mysqlAdapter, mysqlSchemaSql, type MysqlAdapterOptions } from './mysql-adapter.ts'
export type { SchemaSqlOptions } from './schema-sql.ts'
export type { MysqlFamilyOptions } from './options.ts'
export type { ViewColumns, ViewColumnType } from './views.ts'
