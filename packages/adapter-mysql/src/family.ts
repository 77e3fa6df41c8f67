/** What `@synclayer/adapter-mariadb` is made of. Not for applications: it changes without notice. */
export { createAdapter } from './create-adapter.ts'
export type { Dialect } from './dialect.ts'
export type { MysqlFamilyOptions } from './options.ts'
export { schemaSql, type SchemaSqlOptions } from './schema-sql.ts'
export { runCommand } from './command/command.ts'
export type { ViewColumns, ViewColumnType } from './views.ts'
