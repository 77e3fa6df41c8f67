import { SyncError } from '@synclayer/core/adapter'
import type { Pool, SslOptions } from 'mysql2/promise'
import type { Dialect } from './dialect.ts'

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
  /** TLS, as mysql2 takes it: the name of a profile or `{ ca, cert, key, … }`. With `url` only; none when left out. */
  readonly ssl?: string | SslOptions
  /** The most connections the adapter opens, 10 when left out. With `url` only. */
  readonly maxConnections?: number
  /** How long to wait for a connection, in milliseconds, also for a free one of the pool. 10,000 when left out. */
  readonly connectTimeoutMs?: number
  /** How long a statement may wait for a row that someone else has locked, in milliseconds. 5,000 when left out. */
  readonly lockWaitMs?: number
  /** After how long an unanswered statement counts as lost, with its connection, in milliseconds. 30,000 when left out. */
  readonly statementTimeoutMs?: number
  /** How often other processes' writes are looked for while someone is subscribed, in milliseconds. 250 when left out. */
  readonly pollIntervalMs?: number
  /**
   * The largest document taken, in bytes of its JSON text. 4 MiB when left out, or what the server's
   * `max_allowed_packet` has room for where that is less.
   */
  readonly maxRecordBytes?: number
  /** `false`: `open` makes no tables and changes none, and fails where they are missing or old. `true` when left out. */
  readonly migrate?: boolean
}

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly source: PoolSource
  readonly connectTimeoutMs: number
  readonly lockWaitMs: number
  readonly statementTimeoutMs: number
  readonly pollIntervalMs: number
  readonly maxRecordBytes: { readonly bytes: number; readonly isDefault: boolean }
  readonly migrate: boolean
}

/** Where connections come from. */
export type PoolSource = OwnPool | { readonly pool: Pool }

/** What the adapter's own pool is made of. */
export interface OwnPool {
  readonly url: string
  readonly ssl: string | SslOptions | undefined
  readonly maxConnections: number
}

const NAMES: ReadonlySet<string> = new Set([
  'url',
  'pool',
  'ssl',
  'maxConnections',
  'connectTimeoutMs',
  'lockWaitMs',
  'statementTimeoutMs',
  'pollIntervalMs',
  'maxRecordBytes',
  'migrate',
])
const DEFAULT_RECORD_BYTES = 4 * 1024 * 1024
// A statement holds a document escaped, at most twice as long; a packet has at most 1 GiB.
const MOST_RECORD_BYTES = 511 * 1024 * 1024
const LONGEST_MS = 600_000

type Invalid = (option: string, reason: string) => SyncError

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions({ factory }: Dialect, options: MysqlFamilyOptions): CheckedOptions {
  const invalid: Invalid = (option, reason) =>
    new SyncError('INVALID_OPTION', `${factory}: option \`${option}\`: ${reason}`, { details: { option } })
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object is expected')
  for (const name of Object.keys(options))
    if (!NAMES.has(name)) throw invalid(name, 'there is no such option')
  const integer = (
    name: Exclude<keyof MysqlFamilyOptions, 'url' | 'pool' | 'ssl' | 'migrate'>,
    fallback: number,
    most: number,
  ): number => {
    const value: unknown = options[name] ?? fallback
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
    throw invalid(name, `a whole number from 1 to ${most} is expected`)
  }
  const { migrate = true } = options
  if (typeof migrate !== 'boolean') throw invalid('migrate', 'true or false is expected')
  return {
    source: checkSource(options, integer('maxConnections', 10, 1_000), invalid),
    connectTimeoutMs: integer('connectTimeoutMs', 10_000, LONGEST_MS),
    lockWaitMs: integer('lockWaitMs', 5_000, LONGEST_MS),
    statementTimeoutMs: integer('statementTimeoutMs', 30_000, LONGEST_MS),
    pollIntervalMs: integer('pollIntervalMs', 250, LONGEST_MS),
    maxRecordBytes: {
      bytes: integer('maxRecordBytes', DEFAULT_RECORD_BYTES, MOST_RECORD_BYTES),
      isDefault: options.maxRecordBytes === undefined,
    },
    migrate,
  }
}

function checkSource(
  { url, pool, ssl, ...options }: MysqlFamilyOptions,
  maxConnections: number,
  invalid: Invalid,
): PoolSource {
  if (url !== undefined && pool !== undefined) throw invalid('url', 'give `url` or `pool`, not both')
  if (url !== undefined) {
    const reason = urlProblem(url)
    if (reason !== undefined) throw invalid('url', reason)
    if (ssl !== undefined && typeof ssl !== 'string' && (typeof ssl !== 'object' || ssl === null))
      throw invalid('ssl', "mysql2's TLS options, or the name of one of its profiles, are expected")
    return { url, ssl, maxConnections }
  }
  if (!isPool(pool)) throw invalid('pool', 'give `url`, or a pool of `mysql2/promise`')
  if (ssl !== undefined) throw invalid('ssl', 'the pool decides; it goes with `url` only')
  if (options.maxConnections !== undefined)
    throw invalid('maxConnections', 'the pool decides; it goes with `url` only')
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
