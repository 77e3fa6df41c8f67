/**
 * The scopes the app has dropped while something of theirs was unsent: that is still sent (R9). A restart keeps them, and
 * may drop scopes itself, by naming others than the last time.
 */
import type { LocalStore } from '../store/local-store.ts'
import type { Workspace } from '../store/workspace.ts'

/** The entry that names them. */
const LEAVING_ENTRY = 'leaving'
/** The entry that names what the app wanted the last time. */
const WANTED_ENTRY = 'scopes'

/** What `noteOpened` looks at. */
export const OPENED_ENTRIES: readonly string[] = [LEAVING_ENTRY, WANTED_ENTRY]

export interface LeavingScopes {
  readonly names: readonly string[]
  /** Reads from the store those that were being left; gives those that were wanted. */
  load(): Promise<readonly string[]>
  /** Resolves once the store has them, and what is wanted instead. Where it refuses that, nothing has changed. */
  set(names: readonly string[], wanted: readonly string[]): Promise<void>
  /** Nothing of this one is here any more. */
  left(name: string): Promise<void>
}

export function createLeavingScopes(store: LocalStore): LeavingScopes {
  let names: readonly string[] = []

  const write = (next: (before: readonly string[]) => readonly string[], wanted: readonly string[] | null) =>
    store.submit({
      origin: 'internal',
      keys: [],
      entries: [LEAVING_ENTRY, WANTED_ENTRY],
      run: (workspace) => {
        const after = next(parse(workspace.entry(LEAVING_ENTRY)))
        workspace.setEntry(LEAVING_ENTRY, after.length === 0 ? null : JSON.stringify(after))
        if (wanted !== null) workspace.setEntry(WANTED_ENTRY, JSON.stringify(wanted))
      },
    })

  return {
    get names() {
      return names
    },
    async load() {
      names = parse((await store.entry(LEAVING_ENTRY))?.value)
      return parse((await store.entry(WANTED_ENTRY))?.value)
    },
    async set(next, wanted) {
      await write(() => next, wanted)
      names = next
    },
    async left(name) {
      const others = (all: readonly string[]): readonly string[] => all.filter((other) => other !== name)
      await write(others, null)
      names = others(names)
    },
  }
}

/**
 * To be called in the commit that opens a scope's feed. Another process on the store may have dropped the scope, and left it,
 * before this one heard of it: should this one end now, the next start must know that there is something to leave.
 */
export function noteOpened(workspace: Workspace, scope: string): void {
  const leaving = parse(workspace.entry(LEAVING_ENTRY))
  if ([...leaving, ...parse(workspace.entry(WANTED_ENTRY))].includes(scope)) return
  workspace.setEntry(LEAVING_ENTRY, JSON.stringify([...leaving, scope]))
}

function parse(value: string | null | undefined): readonly string[] {
  return value == null ? [] : (JSON.parse(value) as readonly string[])
}
