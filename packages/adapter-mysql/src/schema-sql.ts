/** The tables, as SQL for the adapter and for people who apply it themselves. */
import { checkIndexes, columnSql, type DeclaredIndex, indexSql } from './declared-index.ts'
import type { Dialect } from './dialect.ts'
import { invalidOption } from './invalid-option.ts'
import type { MysqlFamilyOptions } from './options.ts'
import { quoteName, quoteText } from './quote.ts'
import { checkViews, viewSql } from './views.ts'
import { GENERATION, TABLE_COLUMNS, TABLE_NAMES as SYNCED_TABLE_NAMES } from './tables/tables-schema.ts'

/** The layout's number. A database with a higher one was set up by a newer adapter. */
export const LAYOUT = 1

/** What each table is called. */
const TABLE_NAMES: readonly string[] = [
  'synclayer_meta',
  'synclayer_feed',
  'synclayer_mark',
  'synclayer_record',
  'synclayer_result',
  ...SYNCED_TABLE_NAMES,
]

/**
 * The statements that make what is missing, in order. Names are compared by code point and without padding, since
 * `a`, `A`, `á` and `a ` are four ids. Documents are text, so that they come back as they were: MySQL's JSON rounds
 * numbers, and MariaDB's check takes no more than 32 levels.
 *
 * A record is one row, which moves to the feed's end when it changes. `deleted_at` is when it was deleted, by the
 * adapter's clock, in milliseconds since 1970; null where it is not. A result is a run of answers: of the client's mutations
 * from `first` to `last`, with the version of the first.
 */
export function createStatements({ collation }: Dialect): readonly string[] {
  const table = (name: string, columns: string): string =>
    `CREATE TABLE IF NOT EXISTS ${name} (\n${columns}\n) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE ${collation}`
  return [
    table(
      'synclayer_meta',
      `  name VARCHAR(64) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL`,
    ),
    table(
      'synclayer_feed',
      `  feed INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  scope VARCHAR(128) NOT NULL,
  epoch VARCHAR(32) NOT NULL,
  epoch_start BIGINT UNSIGNED NOT NULL,
  head BIGINT UNSIGNED NOT NULL,
  floor BIGINT UNSIGNED NOT NULL,
  records BIGINT UNSIGNED NOT NULL,
  UNIQUE KEY synclayer_scope (scope)`,
    ),
    table(
      'synclayer_mark',
      `  feed INT UNSIGNED NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  name VARCHAR(32) NOT NULL,
  made_at BIGINT UNSIGNED NOT NULL,
  incarnation VARCHAR(128) NOT NULL,
  PRIMARY KEY (feed, position)`,
    ),
    table(
      'synclayer_record',
      `  feed INT UNSIGNED NOT NULL,
  collection VARCHAR(63) NOT NULL,
  id VARCHAR(128) NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  version VARCHAR(64) NOT NULL,
  time VARCHAR(40) NOT NULL,
  schema_version BIGINT NOT NULL,
  mutation VARCHAR(160),
  deleted_at BIGINT UNSIGNED,
  document LONGTEXT,
  PRIMARY KEY (feed, collection, id),
  UNIQUE KEY synclayer_position (feed, position),
  KEY synclayer_tombstone (feed, deleted_at)`,
    ),
    table(
      'synclayer_result',
      `  feed INT UNSIGNED NOT NULL,
  client VARCHAR(128) NOT NULL,
  last BIGINT UNSIGNED NOT NULL,
  first BIGINT UNSIGNED NOT NULL,
  version VARCHAR(64) NOT NULL,
  identities MEDIUMTEXT NOT NULL,
  stored_at BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (feed, client, last)`,
    ),
    ...Object.entries(TABLE_COLUMNS).map(([name, columns]) => table(name, columns)),
    `INSERT IGNORE INTO synclayer_meta (name, value) VALUES ('layout', '${LAYOUT}'), ('${GENERATION}', '0')`,
  ]
}

/** What the printed SQL is for. */
export interface SchemaSqlOptions {
  /** The user that is granted what the adapter needs once the tables are there. No grants when left out. */
  readonly user?: string
  /** From where the user connects: `%` when left out. */
  readonly host?: string
  /** The database of the tables; needed with `user`. */
  readonly database?: string
  /** Indexes and views as the adapter's options name them. */
  readonly indexes?: MysqlFamilyOptions['indexes']
  readonly views?: MysqlFamilyOptions['views']
}

/**
 * The SQL that sets up a database for an adapter with `migrate: false`, for the administrator to read and apply once.
 * Throws INVALID_OPTION where the options are not sound.
 */
export function schemaSql(dialect: Dialect, options: SchemaSqlOptions = {}): string {
  const invalid = invalidOption(dialect)
  const { user, host = '%', database, indexes = {}, views = {} } = options
  if (user !== undefined && database === undefined)
    throw invalid('database', 'it is needed for grants to `user`')
  const to = user === undefined ? undefined : `${quoteText(user)}@${quoteText(host)}`
  const on = database === undefined ? '' : `${quoteName(database)}.`
  const grants = TABLE_NAMES.map((name) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${on}${name} TO ${to}`)
  const alter = addIndexesSql(checkIndexes(indexes, invalid), new Set(), dialect)
  return [
    ...(database === undefined ? [] : [`USE ${quoteName(database)}`]),
    ...createStatements(dialect),
    ...(alter === undefined ? [] : [alter]),
    ...checkViews(views, invalid).map(viewSql),
    ...(to === undefined ? [] : grants),
  ]
    .map((statement) => `${statement};\n`)
    .join('\n')
}

/** The statement that adds those of the indexes, and of their columns, that are not known; undefined where none is missing. */
export function addIndexesSql(
  indexes: readonly DeclaredIndex[],
  known: ReadonlySet<string>,
  { collation }: Dialect,
): string | undefined {
  const columns = new Map(
    indexes.flatMap(({ collection, columns }) =>
      columns.map((column) => [column.name, columnSql(collection, column, collation)] as const),
    ),
  )
  const added = new Map(indexes.map((index) => [index.name, indexSql(index)]))
  const parts = [...columns, ...added].flatMap(([name, sql]) => (known.has(name) ? [] : [sql]))
  return parts.length === 0 ? undefined : `ALTER TABLE synclayer_record ${parts.join(', ')}`
}
