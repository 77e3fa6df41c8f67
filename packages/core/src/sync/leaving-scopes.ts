/**
 * The scopes the app has dropped while something of theirs was unsent: that is still sent (R9). A restart keeps them, and
 * may drop scopes itself, by naming others than the last time.
 */
import type { LocalStore } from '../store/local-store.ts'
import type { Workspace } from '../store/workspace.ts'
import { acknowledgedEntry } from './acknowledged.ts'
import { feedEntry, parseFeed, resync } from './feed-state.ts'
import { entriesOf } from './scope-entries.ts'

/** The entry that names them. */
const LEAVING_ENTRY = 'leaving'
/** The entry that names what the app wanted the last time. */
export const WANTED_ENTRY = 'scopes'

/** What `noteOpened` looks at. */
export const OPENED_ENTRIES: readonly string[] = [LEAVING_ENTRY, WANTED_ENTRY]

export interface LeavingScopes {
  /** Those of this process, and what it has read of others' on the store. */
  readonly names: readonly string[]
  /** Reads from the store those that were being left; gives those that were wanted. */
  load(): Promise<readonly string[]>
  /**
   * Resolves once the store has them, and what is wanted instead; what is wanted and was being left, by whomever, is read anew.
   * Where it refuses that, nothing has changed.
   */
  set(names: readonly string[], wanted: readonly string[]): Promise<void>
  /** Nothing of this one is here any more: the store forgets where its feed stood, unless it was taken back meanwhile. */
  left(name: string): Promise<void>
}

/** `collections` are read anew where a scope is taken back. */
export function createLeavingScopes(store: LocalStore, collections: readonly string[]): LeavingScopes {
  let names: readonly string[] = []

  return {
    get names() {
      return names
    },
    async load() {
      names = parse((await store.entry(LEAVING_ENTRY))?.value)
      return parse((await store.entry(WANTED_ENTRY))?.value)
    },
    async set(next, wanted) {
      names = await store.submit({
        origin: 'internal',
        keys: [],
        entries: [...OPENED_ENTRIES, ...wanted.flatMap(entriesOf)],
        run: (workspace) => {
          // Others may have noted more.
          const before = parse(workspace.entry(LEAVING_ENTRY))
          const after = [...new Set([...next, ...before])].filter((name) => !wanted.includes(name))
          setLeaving(workspace, after)
          workspace.setEntry(WANTED_ENTRY, JSON.stringify(wanted))
          for (const name of before) if (wanted.includes(name)) readAnew(workspace, name, collections)
          return after
        },
      })
    },
    async left(name) {
      await store.submit({
        origin: 'internal',
        keys: [],
        entries: [...OPENED_ENTRIES, ...entriesOf(name)],
        run: (workspace) => {
          if (isWanted(workspace, name)) return
          for (const entry of entriesOf(name)) workspace.setEntry(entry, null)
          setLeaving(
            workspace,
            parse(workspace.entry(LEAVING_ENTRY)).filter((other) => other !== name),
          )
        },
      })
      names = names.filter((other) => other !== name)
    },
  }
}

/** True where a process on the store has asked for the scope since: nothing of it is to be touched. Needs `WANTED_ENTRY`. */
export function isWanted(workspace: Workspace, scope: string): boolean {
  return parse(workspace.entry(WANTED_ENTRY)).includes(scope)
}

/** Its clean records may be gone already. */
function readAnew(workspace: Workspace, scope: string, collections: readonly string[]): void {
  const name = feedEntry(scope)
  const feed = parseFeed(workspace.entry(name))
  if (feed === null) return
  workspace.setEntry(acknowledgedEntry(scope), null)
  workspace.setEntry(name, JSON.stringify(resync(feed, 'expired', collections)))
}

function setLeaving(workspace: Workspace, names: readonly string[]): void {
  workspace.setEntry(LEAVING_ENTRY, names.length === 0 ? null : JSON.stringify(names))
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
