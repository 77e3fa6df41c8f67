/**
 * The scopes the app has dropped while something of theirs was unsent: that is still sent (R9). A restart keeps them, and
 * may drop scopes itself, by naming others than the last time.
 */
import type { StoredEntry } from '../ports/storage.ts'
import type { LocalStore } from '../store/local-store.ts'

/** The entry that names them. */
const LEAVING_ENTRY = 'leaving'
/** The entry that names what the app wanted the last time. */
const WANTED_ENTRY = 'scopes'

export interface LeavingScopes {
  readonly names: readonly string[]
  /** Reads from the store those that were being left; gives those that were wanted. */
  load(): Promise<readonly string[]>
  /** Resolves once the store has them, and what is wanted instead, where that changes. */
  set(names: readonly string[], wanted?: readonly string[]): Promise<void>
}

export function createLeavingScopes(store: LocalStore): LeavingScopes {
  let names: readonly string[] = []
  return {
    get names() {
      return names
    },
    async load() {
      names = parse(await store.entry(LEAVING_ENTRY))
      return parse(await store.entry(WANTED_ENTRY))
    },
    async set(next, wanted) {
      names = next
      await store.submit({
        origin: 'internal',
        keys: [],
        entries: [LEAVING_ENTRY, WANTED_ENTRY],
        run: (workspace) => {
          workspace.setEntry(LEAVING_ENTRY, next.length === 0 ? null : JSON.stringify(next))
          if (wanted !== undefined) workspace.setEntry(WANTED_ENTRY, JSON.stringify(wanted))
        },
      })
    },
  }
}

function parse(entry: StoredEntry | undefined): readonly string[] {
  return entry === undefined ? [] : (JSON.parse(entry.value) as readonly string[])
}
