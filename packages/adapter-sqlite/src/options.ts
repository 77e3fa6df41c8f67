import { type CheckedTable, checkTables, type TablesOption } from '@synclayer/adapter-kit'
import { SyncError } from '@synclayer/core/adapter'
import type { Database } from 'better-sqlite3'

/** What `sqliteAdapter` takes. Give `path` or `database`, not both. */
export interface SqliteAdapterOptions {
  /** The file, made with its folder where it is missing. The adapter opens it, sets it up and closes it. */
  readonly path?: string
  /**
   * A better-sqlite3 handle of your own. The adapter's tables, named `synclayer_…`, live beside yours; the handle stays
   * open when the adapter closes. Its journal mode is left as it is, `synchronous` follows `durability`.
   */
  readonly database?: Database
  /**
   * `power`, the default: what was acknowledged survives a power failure. `process`: it survives a killed process, and
   * the last moments before a power failure may be lost; pushes are several times faster.
   */
  readonly durability?: 'power' | 'process'
  /** How long a call waits for another process that is writing, in milliseconds. 5,000 when left out. */
  readonly busyTimeoutMs?: number
  /** How often other processes' writes are looked for while someone is subscribed, in milliseconds. 250 when left out. */
  readonly pollIntervalMs?: number
  /** The largest document taken, in bytes of its JSON text. 16 MiB when left out. */
  readonly maxRecordBytes?: number
  /**
   * Tables of your own that are synced, by the collection's name, with triggers that note what other programs write. Kept
   * in the database: a process that is not told of them finds them there.
   */
  readonly tables?: TablesOption
}

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly source: { readonly path: string } | { readonly database: Database }
  readonly durability: 'power' | 'process'
  readonly busyTimeoutMs: number
  readonly pollIntervalMs: number
  readonly maxRecordBytes: number
  readonly tables: readonly CheckedTable[]
}

const NAMES: ReadonlySet<string> = new Set([
  'path',
  'database',
  'durability',
  'busyTimeoutMs',
  'pollIntervalMs',
  'maxRecordBytes',
  'tables',
])
const MAX_RECORD_BYTES = 16 * 1024 * 1024
// SQLite holds at most 1,000,000,000 bytes in one value.
const SQLITE_VALUE_LIMIT = 1_000_000_000

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(options: SqliteAdapterOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object is expected')
  for (const name of Object.keys(options))
    if (!NAMES.has(name)) throw invalid(name, 'there is no such option')
  const durability = options.durability ?? 'power'
  if (durability !== 'power' && durability !== 'process')
    throw invalid('durability', "expected 'power' or 'process'")
  return {
    source: checkSource(options),
    durability,
    busyTimeoutMs: checkInteger(options, 'busyTimeoutMs', 5_000, 0, 600_000),
    pollIntervalMs: checkInteger(options, 'pollIntervalMs', 250, 1, 600_000),
    maxRecordBytes: checkInteger(options, 'maxRecordBytes', MAX_RECORD_BYTES, 1, SQLITE_VALUE_LIMIT),
    tables: checkTables(options.tables, invalid),
  }
}

function checkSource({ path, database }: SqliteAdapterOptions): CheckedOptions['source'] {
  if (path !== undefined && database !== undefined)
    throw invalid('path', 'give `path` or `database`, not both')
  if (path !== undefined) {
    if (typeof path !== 'string' || path === '') throw invalid('path', 'the name of a file is expected')
    return { path }
  }
  if (!isDatabase(database)) throw invalid('database', 'give `path`, or an open better-sqlite3 database')
  if (database.readonly) throw invalid('database', 'it is open for reading only')
  return { database }
}

function isDatabase(value: Database | undefined): value is Database {
  return typeof value === 'object' && value !== null && typeof value.prepare === 'function' && value.open
}

function checkInteger(
  options: SqliteAdapterOptions,
  name: 'busyTimeoutMs' | 'pollIntervalMs' | 'maxRecordBytes',
  fallback: number,
  least: number,
  most: number,
): number {
  const value: unknown = options[name] ?? fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(name, `a whole number from ${least} to ${most} is expected`)
}

/** The error of an option that is not sound. */
export function invalid(option: string, reason: string): SyncError {
  return new SyncError('INVALID_OPTION', `sqliteAdapter: option \`${option}\`: ${reason}`, {
    details: { option },
  })
}
