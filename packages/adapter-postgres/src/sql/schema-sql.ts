import { checkSql } from './check.ts'
import { cursorSql } from './cursor.ts'
import { documentSql } from './document.ts'
import { feedSql } from './feed.ts'
import { grantSql, privacySql } from './grants.ts'
import { authorizeSql } from './hooks.ts'
import { judgeSql } from './judge.ts'
import { layoutSql } from './layout.ts'
import { namesSql } from './names.ts'
import { narrowSql } from './narrow.ts'
import { pullSql } from './pull.ts'
import { pushSql } from './push.ts'
import { checkRole, checkSchema, quoteName } from './schema-name.ts'
import { stageSql } from './stage.ts'
import { storeSql } from './store.ts'
import { tableCompileSql } from './tables-compile.ts'
import { tablePushSql } from './tables-push.ts'
import { tableRegistrySql } from './tables-registry.ts'
import { tableSequenceSql } from './tables-sequence.ts'
import { tableSetUpSql } from './tables-set-up.ts'
import { tableTypesSql } from './tables-types.ts'
import { tablesSql } from './tables.ts'
import { upkeepSql } from './upkeep.ts'

/** What `postgresSchemaSql` takes. */
export interface PostgresSchemaOptions {
  /** The schema that everything is made in. `synclayer` when left out. */
  readonly schema?: string
  /** A role that exists and gets what the adapter needs, and no more: it may call functions, and touch no table. */
  readonly role?: string
}

const PARTS: readonly ((schema: string) => string)[] = [
  tablesSql,
  namesSql,
  cursorSql,
  feedSql,
  checkSql,
  documentSql,
  authorizeSql,
  tableRegistrySql,
  tableTypesSql,
  tableCompileSql,
  tableSetUpSql,
  tableSequenceSql,
  stageSql,
  judgeSql,
  storeSql,
  tablePushSql,
  pushSql,
  narrowSql,
  pullSql,
  upkeepSql,
  layoutSql,
  privacySql,
]

/**
 * The SQL that makes the schema, for migrations of your own and for databases whose owner is not the app's role. To be run
 * once, in one transaction; its functions run with the rights of the role that runs it.
 *
 * Throws INVALID_OPTION where `schema` or `role` is none.
 */
export function postgresSchemaSql(options: PostgresSchemaOptions = {}): string {
  const schema = quoteName(checkSchema(options.schema))
  const role = options.role === undefined ? undefined : checkRole(options.role)
  const grants = role === undefined ? '' : grantSql(schema, role)
  return `CREATE SCHEMA ${schema};\n${PARTS.map((part) => part(schema)).join('')}${grants}`
}
