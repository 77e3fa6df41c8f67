export { postgresAdapter } from './postgres-adapter.ts'
export type { PostgresAdapterOptions } from './options.ts'
export { postgresSchemaSql, type PostgresSchemaOptions } from './sql/schema-sql.ts'
export type { ViewColumns, ViewColumnType } from './sql/views.ts'
