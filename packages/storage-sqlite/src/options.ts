import { SyncError } from '@synclayer/core/storage'

/** What `sqliteStorage` takes. */
export interface SqliteStorageOptions {
  /** The file of the store; it and its folder are created where missing. `':memory:'` keeps everything in memory. */
  readonly path: string
  /** How long a call waits for a commit of another process, in milliseconds. Default 5000. */
  readonly busyTimeoutMs?: number
}

/** Options as they are used: checked, and with every default filled in. */
export type CheckedOptions = Required<SqliteStorageOptions>

const LONGEST_BUSY_TIMEOUT_MS = 0x7fffffff
const KNOWN: ReadonlySet<string> = new Set(['path', 'busyTimeoutMs'])

/** Checks the options by code, since JavaScript callers have no types; INVALID_OPTION names the one that is wrong. */
export function checkOptions(options: SqliteStorageOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'an object such as { path: "app.db" }')
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw invalid(name, `absent: sqliteStorage knows only ${[...KNOWN].join(' and ')}`)
  }
  const { path, busyTimeoutMs = 5_000 } = options
  if (typeof path !== 'string' || path.trim() === '')
    throw invalid('path', 'the path of a file, or ":memory:"')
  if (path.includes('\0')) throw invalid('path', 'without U+0000')
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > LONGEST_BUSY_TIMEOUT_MS) {
    throw invalid('busyTimeoutMs', `a whole number of milliseconds from 0 to ${LONGEST_BUSY_TIMEOUT_MS}`)
  }
  return { path, busyTimeoutMs }
}

function invalid(option: string, expected: string): SyncError {
  return new SyncError('INVALID_OPTION', `sqliteStorage: "${option}" must be ${expected}.`, {
    details: { option },
  })
}
