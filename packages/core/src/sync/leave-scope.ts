/** Taking a scope's data off the device: because the app dropped the scope, or because its permission was withdrawn. */
import { isClean, type RecordState } from '../outbox/record-state.ts'
import { park } from '../outbox/settle.ts'
import type { RecordKey } from '../ports/storage.ts'
import { isWanted, WANTED_ENTRY } from './leaving-scopes.ts'
import { entriesOf } from './scope-entries.ts'
import { type ScopeSession, tell } from './scope-session.ts'

const PAGE = 1_000

/**
 * Removes the scope's clean records. With `dropped`, what is unsent goes as soon as it is settled, and nothing is touched once
 * another process on the store has taken the scope back (R9); with `revoked` it parks (R6).
 */
export async function leaveScope(session: ScopeSession, why: 'dropped' | 'revoked'): Promise<void> {
  const { store, collections } = session.deps
  for (const collection of collections.keys()) {
    for (let after: string | null = null; ;) {
      const rows = await store.storage.scan({ collection, after, limit: PAGE })
      const keys = rows.flatMap((row) =>
        'damaged' in row || row.scope !== session.scope ? [] : [{ collection, id: row.id }],
      )
      if (keys.length > 0) await leavePage(session, keys, why)
      if (rows.length < PAGE) break
      after = rows.at(-1)!.id
    }
  }
  if (why === 'revoked') await forgetFeed(session)
}

/** Forgets where the scope's feed stood: should it come back, it is read from its beginning. */
async function forgetFeed(session: ScopeSession): Promise<void> {
  const entries = entriesOf(session.scope)
  await session.deps.store.submit({
    origin: 'internal',
    keys: [],
    entries,
    run: (workspace) => {
      for (const name of entries) workspace.setEntry(name, null)
    },
  })
}

async function leavePage(
  session: ScopeSession,
  keys: readonly RecordKey[],
  why: 'dropped' | 'revoked',
): Promise<void> {
  const told = await session.deps.store.submit({
    origin: 'remote',
    keys,
    entries: [WANTED_ENTRY],
    run: (workspace) => {
      if (why === 'dropped' && isWanted(workspace, session.scope)) return []
      return keys.flatMap((key) => {
        const state = workspace.get(key)
        if (state === null) return []
        const outcome = isClean(state) ? null : unsent(session, state, why)
        workspace.set(key, outcome === null ? null : outcome.state)
        return outcome === null ? [] : [{ key, events: outcome.events }]
      })
    },
  })
  for (const { key, events } of told) tell(session, key, events)
}

function unsent(
  session: ScopeSession,
  state: RecordState,
  why: 'dropped' | 'revoked',
): ReturnType<typeof park> {
  if (why === 'dropped') return { state: { ...state, sync: { ...state.sync, left: true } }, events: [] }
  if (state.lane === 'parked') return { state, events: [] }
  const reason = `The permission for scope ${session.scope} was withdrawn before this change was sent.`
  return park(state, { code: 'SCOPE_REVOKED', reason, at: session.deps.clock.now() })
}
