import { SyncError } from '@synclayer/core/storage'

/** What `dexieStorage` takes. */
export interface DexieStorageOptions {
  /** Names the store within the origin. The IndexedDB database is called `synclayer:` and this name. */
  readonly name: string
  /**
   * Asks the browser, at opening, to keep the data when the disk runs low (`navigator.storage.persist()`). Never holds up
   * opening. Firefox asks its user. Default true; `storagePersistence()` tells what the browser has granted.
   */
  readonly persist?: boolean
  /** How long opening waits for another tab that holds the store in an older format, in milliseconds. Default 5000. */
  readonly blockedTimeoutMs?: number
}

/** Options as they are used: checked, and with every default filled in. */
export interface CheckedOptions {
  /** The name of the database. */
  readonly database: string
  readonly persist: boolean
  readonly blockedTimeoutMs: number
}

const LONGEST_TIMEOUT_MS = 0x7fffffff
const KNOWN: ReadonlySet<string> = new Set(['name', 'persist', 'blockedTimeoutMs'])

/** Checks the options by code, since JavaScript callers have no types; INVALID_OPTION names the one that is wrong. */
export function checkOptions(options: DexieStorageOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'an object such as { name: "app" }')
  for (const option of Object.keys(options)) {
    if (!KNOWN.has(option)) throw invalid(option, `absent: dexieStorage knows only ${[...KNOWN].join(', ')}`)
  }
  const { name, persist = true, blockedTimeoutMs = 5_000 } = options
  if (typeof name !== 'string' || name.trim() === '') throw invalid('name', 'a text that is not empty')
  if (typeof persist !== 'boolean') throw invalid('persist', 'true or false')
  if (!Number.isInteger(blockedTimeoutMs) || blockedTimeoutMs < 0 || blockedTimeoutMs > LONGEST_TIMEOUT_MS) {
    throw invalid('blockedTimeoutMs', `a whole number of milliseconds from 0 to ${LONGEST_TIMEOUT_MS}`)
  }
  return { database: `synclayer:${name}`, persist, blockedTimeoutMs }
}

function invalid(option: string, expected: string): SyncError {
  return new SyncError('INVALID_OPTION', `dexieStorage: "${option}" must be ${expected}.`, {
    details: { option },
  })
}
