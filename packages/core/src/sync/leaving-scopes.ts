/** The scopes the app has dropped while something of theirs was unsent: that is still sent (R9). A restart keeps them. */
import type { LocalStore } from '../store/local-store.ts'

/** The entry that names them. */
const LEAVING_ENTRY = 'leaving'

export interface LeavingScopes {
  readonly names: readonly string[]
  /** Reads them from the store. */
  load(): Promise<void>
  /** Resolves once the store has them. */
  set(names: readonly string[]): Promise<void>
}

export function createLeavingScopes(store: LocalStore): LeavingScopes {
  let names: readonly string[] = []
  return {
    get names() {
      return names
    },
    async load() {
      const entry = await store.entry(LEAVING_ENTRY)
      names = entry === undefined ? [] : (JSON.parse(entry.value) as readonly string[])
    },
    async set(next) {
      names = next
      await store.submit({
        origin: 'internal',
        keys: [],
        entries: [LEAVING_ENTRY],
        run: (workspace) =>
          workspace.setEntry(LEAVING_ENTRY, next.length === 0 ? null : JSON.stringify(next)),
      })
    },
  }
}
