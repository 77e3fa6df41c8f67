import { type CheckedTable, checkTables, type TablesOption } from '@synclayer/adapter-kit'
import { didYouMean, type Duration, isSyncError, parseDuration } from '@synclayer/core/adapter'
import type { Pool, SslOptions } from 'mysql2/promise'
import { checkIndexes, type DeclaredIndex } from './declared-index.ts'
import type { Dialect } from './dialect.ts'
import { type Invalid, invalidOption } from './invalid-option.ts'
import { checkViews, type View, type ViewColumns } from './views.ts'

/** What `mysqlAdapter` and `mariadbAdapter` take. Give `url` or `pool`, not both. */
export interface MysqlFamilyOptions {
  /** `mysql://user:password@host:port/database`. The adapter makes a pool of its own and closes it. */
  readonly url?: string
  /**
   * A pool of your own, from `createPool` of `mysql2/promise`, its charset utf8mb4. The adapter's tables, named
   * `synclayer_…`, live in its database beside yours; the pool stays open when the adapter closes. What the adapter
   * changes of a connection's session it puts back, which costs two round trips a transaction.
   */
  readonly pool?: Pool
  /** With `url`: TLS, as mysql2 takes it: the name of a profile or `{ ca, cert, key, … }`. None when left out. */
  readonly ssl?: string | SslOptions
  /** With `url`: the most connections the adapter opens. 10 when left out. */
  readonly maxConnections?: number
  /** How long to wait for a connection, also for a free one of the pool. '10s' when left out. */
  readonly connectTimeout?: Duration
  /** How long a statement waits for a row that someone else has locked. '5s' when left out; whole seconds are counted. */
  readonly lockTimeout?: Duration
  /** After how long an unanswered statement counts as lost, with its connection. '30s' when left out. */
  readonly statementTimeout?: Duration
  /** How often other processes' writes are looked for while someone is subscribed. '250ms' when left out. */
  readonly pollInterval?: Duration
  /**
   * The largest document taken, in bytes of its JSON text. 4 MiB when left out, or what the server's
   * `max_allowed_packet` has room for where that is less.
   */
  readonly maxRecordBytes?: number
  /** `false`: `open` makes no tables, indexes or views, and fails where the tables are missing. `true` when left out. */
  readonly migrate?: boolean
  /** Fields that filters compare with `==` or `in`, by collection: each gets an index, a list of fields one together. */
  readonly indexes?: Readonly<Record<string, readonly (string | readonly string[])[]>>
  /** Views for reading with SQL, by collection: columns by field, with their types. Each is called `synclayer_view_…`. */
  readonly views?: Readonly<Record<string, ViewColumns>>
  /**
   * Tables of your own that are synced, by the collection's name, with triggers that note what other programs write. Kept
   * in the database: a process that is not told of them finds them there.
   */
  readonly tables?: TablesOption
}

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly source: PoolSource
  readonly connectTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly pollIntervalMs: number
  readonly maxRecordBytes: { readonly bytes: number; readonly isDefault: boolean }
  readonly migrate: boolean
  readonly indexes: readonly DeclaredIndex[]
  readonly views: readonly View[]
  readonly tables: readonly CheckedTable[]
}

/** Where connections come from. */
export type PoolSource = OwnPool | { readonly pool: Pool }

/** What the adapter's own pool is made of. */
export interface OwnPool {
  readonly url: string
  readonly ssl: string | SslOptions | undefined
  readonly maxConnections: number
}

const NAMES: readonly string[] = [
  'url',
  'pool',
  'ssl',
  'maxConnections',
  'connectTimeout',
  'lockTimeout',
  'statementTimeout',
  'pollInterval',
  'maxRecordBytes',
  'migrate',
  'indexes',
  'views',
  'tables',
]
const DEFAULT_RECORD_BYTES = 4 * 1024 * 1024
// A statement holds a document escaped, at most twice as long; a packet has at most 1 GiB.
const MOST_RECORD_BYTES = 511 * 1024 * 1024
const LONGEST_MS = 600_000

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(dialect: Dialect, options: MysqlFamilyOptions): CheckedOptions {
  const invalid = invalidOption(dialect)
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object is expected')
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalid(name, `there is no such option.${didYouMean(name, NAMES)}`)
  }
  const { migrate = true, maxRecordBytes, indexes = {}, views = {} } = options
  if (typeof migrate !== 'boolean') throw invalid('migrate', 'true or false is expected')
  return {
    source: checkSource(options, invalid),
    connectTimeoutMs: checkDuration(options, 'connectTimeout', 10_000, invalid),
    lockTimeoutMs: checkDuration(options, 'lockTimeout', 5_000, invalid),
    statementTimeoutMs: checkDuration(options, 'statementTimeout', 30_000, invalid),
    pollIntervalMs: checkDuration(options, 'pollInterval', 250, invalid),
    maxRecordBytes: {
      bytes: checkCount(options, 'maxRecordBytes', DEFAULT_RECORD_BYTES, MOST_RECORD_BYTES, invalid),
      isDefault: maxRecordBytes === undefined,
    },
    migrate,
    indexes: checkIndexes(indexes, invalid),
    views: checkViews(views, invalid),
    tables: checkTables(options.tables, invalid),
  }
}

function checkSource(options: MysqlFamilyOptions, invalid: Invalid): PoolSource {
  const { url, pool, ssl, maxConnections } = options
  if (url !== undefined && pool !== undefined) throw invalid('url', 'give `url` or `pool`, not both')
  if (url !== undefined) {
    const reason = urlProblem(url)
    if (reason !== undefined) throw invalid('url', reason)
    if (ssl !== undefined && typeof ssl !== 'string' && (typeof ssl !== 'object' || ssl === null))
      throw invalid('ssl', "mysql2's TLS options, or the name of one of its profiles, are expected")
    return { url, ssl, maxConnections: checkCount(options, 'maxConnections', 10, 1_000, invalid) }
  }
  if (!isPool(pool)) throw invalid('pool', 'give `url`, or a pool of `mysql2/promise`')
  for (const [name, value] of Object.entries({ ssl, maxConnections })) {
    if (value !== undefined) throw invalid(name, 'it goes with `url`; a pool has its own')
  }
  return { pool }
}

/** What is wrong with the url. It may hold a password, so it is never part of the answer. */
function urlProblem(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url))
    return 'mysql://user:password@host:port/database is expected'
  const { protocol, hostname, pathname } = new URL(url)
  if (protocol !== 'mysql:' && protocol !== 'mariadb:') return 'it begins with mysql:// or mariadb://'
  if (hostname === '') return 'it names no host'
  return pathname.length > 1 ? undefined : 'it names no database: add /name at its end'
}

function isPool(value: Pool | undefined): value is Pool {
  if (typeof value !== 'object' || value === null || typeof value.getConnection !== 'function') return false
  // A pool of callbacks has `promise()`, which gives the one that is meant.
  return typeof (value as { promise?: unknown }).promise !== 'function'
}

function checkDuration(
  options: MysqlFamilyOptions,
  name: 'connectTimeout' | 'lockTimeout' | 'statementTimeout' | 'pollInterval',
  fallbackMs: number,
  invalid: Invalid,
): number {
  try {
    const ms = parseDuration(options[name] ?? fallbackMs, name)
    if (ms <= LONGEST_MS) return ms
  } catch (error) {
    if (!isSyncError(error)) throw error
  }
  throw invalid(name, "milliseconds, or a text such as '500ms' or '30s', of ten minutes at most are expected")
}

function checkCount(
  options: MysqlFamilyOptions,
  name: 'maxConnections' | 'maxRecordBytes',
  fallback: number,
  most: number,
  invalid: Invalid,
): number {
  const value: unknown = options[name] ?? fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw invalid(name, `a whole number from 1 to ${most} is expected`)
}
