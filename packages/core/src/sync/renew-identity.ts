/** A client whose mutation ids were used by another: its store was copied, or put back (W27). */
import { SyncError } from '../errors/sync-error.ts'
import { answer } from '../outbox/answer.ts'
import type { PushOutcome, PushResult } from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { CLIENT_ENTRY, newIdentity } from './client-identity.ts'
import { keyOf } from './mutation-key.ts'
import { type ScopeSession, transitionContext } from './scope-session.ts'

/** More often than this in one round, and it is not this store that was copied. */
const MOST_RENEWALS = 3

/** True where the id was used for another mutation: this one was certainly not applied. */
export function isReuse(result: PushOutcome): boolean {
  return result.status === 'rejected' && result.code === 'MUTATION_ID_REUSED'
}

/**
 * The store was copied or rolled back, so its ids are taken: from now on this client is a new one, and what was not
 * applied under its old id waits to be sent under a new one (W27).
 */
export async function renewIdentity(
  session: ScopeSession,
  results: readonly PushResult[],
  mutations: readonly Mutation[],
  attempt: { renewals: number },
): Promise<void> {
  const reused = new Set(results.filter(isReuse).map(({ id }) => id))
  if (reused.size === 0) return
  const groups = new Set(
    mutations.flatMap(({ id, group }) => (reused.has(id) && group !== undefined ? [group] : [])),
  )
  const theirs = mutations.filter(
    ({ id, group }) => reused.has(id) || (group !== undefined && groups.has(group)),
  )
  attempt.renewals += 1
  if (attempt.renewals > MOST_RENEWALS) {
    const why =
      'The backend says of every new mutation id that it was used before. It will be asked again later.'
    throw new SyncError('PROTOCOL', why, { details: { scope: session.scope } })
  }
  await session.deps.store.submit({
    origin: 'internal',
    keys: theirs.map(keyOf),
    entries: [CLIENT_ENTRY],
    run: (workspace) => {
      workspace.setEntry(CLIENT_ENTRY, JSON.stringify(newIdentity(session.deps.random, session.offset.ms)))
      for (const mutation of theirs) {
        const state = workspace.get(keyOf(mutation))
        if (state === null) continue
        const spec = session.deps.collections.get(mutation.collection)
        if (spec === undefined) continue
        const result = answer(state, mutation.id, { status: 'aborted' }, transitionContext(session, spec, 0))
        workspace.set(keyOf(mutation), result.state)
      }
    },
  })
  const error = new Error(`${theirs.length} mutation ids had been used before`)
  session.deps.logger.log(
    'warning',
    'This store was copied or restored from a backup; it continues as a new client.',
    {
      cause: error.message,
    },
  )
}
