import { checkTables, isStorable, type TablesOption } from '@synclayer/adapter-kit'
import { collectionNameProblem, didYouMean, type Duration, parseDuration } from '@synclayer/core/adapter'
import type { ConnectionOptions } from 'node:tls'
import type { Pool } from 'pg'
import { invalidOption } from './invalid-option.ts'
import { checkSchema } from './sql/schema-name.ts'
import { checkViews, type ViewColumns } from './sql/views.ts'

/** What `postgresAdapter` takes. Give `url` or `pool`, not both. */
export interface PostgresAdapterOptions {
  /** The database, as `postgresql://user:password@host:5432/database`. The adapter opens connections and closes them. */
  readonly url?: string
  /** A pool of pg of your own. It stays open when the adapter closes; errors of its idle connections are yours to handle. */
  readonly pool?: Pool
  /** The schema that the adapter's tables and functions live in. `synclayer` when left out. */
  readonly schema?: string
  /**
   * Whether a missing schema is made, with declared indexes and views. True when left out. With false the adapter only
   * checks: run what `npx synclayer-postgres sql` prints.
   */
  readonly migrate?: boolean
  /** With `url`: connections for calls, at most. 10 when left out; one more listens while someone is subscribed. */
  readonly maxConnections?: number
  /** With `url`: TLS, as pg and Node take it. As the URL says when left out. */
  readonly ssl?: boolean | ConnectionOptions
  /**
   * Whether writes are told to other processes by LISTEN and NOTIFY. True when left out; where that does not work, as
   * behind a pooler of transactions, the adapter finds out and looks now and then.
   */
  readonly listen?: boolean
  /** How often writes are looked for where nobody tells of them, in milliseconds or as '1s'. 500 ms when left out. */
  readonly pollInterval?: Duration
  /** How long a call waits for its answer. '30s' when left out. What became of a push that took longer is not known. */
  readonly statementTimeout?: Duration
  /** How long a push waits for other writers of its scope. '10s' when left out. */
  readonly lockTimeout?: Duration
  /** The largest document taken, in bytes of its JSON text. 16 MiB when left out, 64 MiB at most. */
  readonly maxRecordBytes?: number
  /** Fields that filters compare with `==`, by collection: each gets an index, a list of fields one together. */
  readonly indexes?: Readonly<Record<string, readonly (string | readonly string[])[]>>
  /** Views for reading with SQL, by collection: columns by field, with their types. They are made in `<schema>_views`. */
  readonly views?: Readonly<Record<string, ViewColumns>>
  /**
   * Tables of your own that are synced, by the collection's name, with triggers that note what other programs write. Kept
   * in the database: a process that is not told of them finds them there.
   */
  readonly tables?: TablesOption
}

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly source:
    | {
        readonly url: string
        readonly maxConnections: number
        readonly ssl: boolean | ConnectionOptions | undefined
      }
    | { readonly pool: Pool }
  readonly schema: string
  readonly migrate: boolean
  readonly listen: boolean
  readonly pollIntervalMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly maxRecordBytes: number
  readonly indexes: readonly DeclaredIndex[]
  readonly views: Readonly<Record<string, ViewColumns>>
  readonly tables: TablesOption
}

/** Fields of a collection that are looked up together. */
export interface DeclaredIndex {
  readonly collection: string
  /** Each a path of keys. */
  readonly paths: readonly (readonly string[])[]
}

const NAMES: readonly string[] = [
  'url',
  'pool',
  'schema',
  'migrate',
  'maxConnections',
  'ssl',
  'listen',
  'pollInterval',
  'statementTimeout',
  'lockTimeout',
  'maxRecordBytes',
  'indexes',
  'views',
  'tables',
]
const MEBIBYTE = 1024 * 1024
const LONGEST_WAIT_MS = 600_000

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(options: PostgresAdapterOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'an object is expected')
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalidOption(name, `there is no such option.${didYouMean(name, NAMES)}`)
  }
  checkTables(options.tables, invalidOption)
  return {
    source: checkSource(options),
    schema: checkSchema(options.schema),
    migrate: checkBoolean(options, 'migrate'),
    listen: checkBoolean(options, 'listen'),
    pollIntervalMs: checkDuration(options, 'pollInterval', 500),
    statementTimeoutMs: checkDuration(options, 'statementTimeout', 30_000),
    lockTimeoutMs: checkDuration(options, 'lockTimeout', 10_000),
    maxRecordBytes: checkInteger(options, 'maxRecordBytes', 16 * MEBIBYTE, 64 * MEBIBYTE),
    indexes: checkIndexes(options.indexes ?? {}),
    views: checkViews(options.views ?? {}),
    tables: options.tables ?? {},
  }
}

function checkSource(options: PostgresAdapterOptions): CheckedOptions['source'] {
  const { url, pool, maxConnections, ssl } = options
  if (url !== undefined && pool !== undefined) throw invalidOption('url', 'give `url` or `pool`, not both')
  if (pool !== undefined) {
    if (typeof pool !== 'object' || pool === null || typeof pool.connect !== 'function')
      throw invalidOption('pool', 'a pool of pg is expected')
    for (const [name, value] of Object.entries({ maxConnections, ssl }))
      if (value !== undefined) throw invalidOption(name, 'it goes with `url`; a pool has its own')
    return { pool }
  }
  if (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url))
    throw invalidOption('url', 'give `pool`, or a URL that begins with postgresql://')
  if (ssl !== undefined && typeof ssl !== 'boolean' && (typeof ssl !== 'object' || ssl === null))
    throw invalidOption('ssl', 'true, false or options of TLS are expected')
  return { url, ssl, maxConnections: checkInteger(options, 'maxConnections', 10, 1_000) }
}

function checkIndexes(indexes: unknown): readonly DeclaredIndex[] {
  if (typeof indexes !== 'object' || indexes === null)
    throw invalidOption('indexes', 'an object of collections is expected')
  return Object.entries(indexes).flatMap(([collection, list]: [string, unknown]) => {
    const option = `indexes.${collection}`
    const problem = collectionNameProblem(collection)
    if (problem !== null) throw invalidOption(option, `the name of a collection ${problem}`)
    if (!Array.isArray(list)) throw invalidOption(option, 'a list of fields is expected')
    return list.map((fields: unknown): DeclaredIndex => {
      const together: readonly unknown[] = Array.isArray(fields) ? fields : [fields]
      if (
        together.length === 0 ||
        !together.every((field) => typeof field === 'string' && isStorable(JSON.stringify(field)))
      )
        throw invalidOption(option, 'fields, or lists of them, are expected')
      return { collection, paths: (together as readonly string[]).map((field) => field.split('.')) }
    })
  })
}

function checkBoolean(options: PostgresAdapterOptions, name: 'migrate' | 'listen'): boolean {
  const value: unknown = options[name] ?? true
  if (typeof value !== 'boolean') throw invalidOption(name, 'true or false is expected')
  return value
}

function checkDuration(
  options: PostgresAdapterOptions,
  name: 'pollInterval' | 'statementTimeout' | 'lockTimeout',
  fallbackMs: number,
): number {
  const ms = parseDuration(options[name] ?? fallbackMs, name)
  if (ms > LONGEST_WAIT_MS) throw invalidOption(name, 'ten minutes at most are expected')
  return ms
}

function checkInteger(
  options: PostgresAdapterOptions,
  name: 'maxConnections' | 'maxRecordBytes',
  fallback: number,
  most: number,
): number {
  const value: unknown = options[name] ?? fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw invalidOption(name, `a whole number from 1 to ${most} is expected`)
}
