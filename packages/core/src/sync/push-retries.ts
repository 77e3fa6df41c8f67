/** Mutations of which nothing is known yet: each backs off by itself, so that the others get their turn (W17, W19). */
import type { ErrorCode } from '../errors/codes.ts'
import { unanswered } from '../outbox/answer.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { keyOf } from './mutation-key.ts'
import type { ScopeSession } from './scope-session.ts'
import { backoffMs, retryWaitMs } from './sync-state.ts'

/** A mutation that is to be sent again, and why. */
export interface Retry {
  readonly mutation: Mutation
  readonly code: ErrorCode
  readonly retryAfterMs?: number
}

/** Notes when each may be sent again, and tells of it. Gives when the first may; null where none is in flight any more. */
export async function submitRetries(
  session: ScopeSession,
  retries: readonly Retry[],
): Promise<number | null> {
  const { deps } = session
  const now = deps.clock.now()
  const jitter = deps.random.next()
  const settings = { ...deps.settings, stallAfterMs: 0 }
  const told = await deps.store.submit({
    origin: 'internal',
    keys: retries.map(({ mutation }) => keyOf(mutation)),
    run: (workspace) =>
      retries.flatMap(({ mutation, code, retryAfterMs }) => {
        const state = workspace.get(keyOf(mutation))
        if (state?.sync.inFlight?.id !== mutation.id) return []
        // At least a moment, so that a round ends.
        const wait = Math.max(1, backoffMs(state.sync.attempts ?? 0, jitter, settings))
        const next = unanswered(state, now, now + retryWaitMs(wait, retryAfterMs))
        workspace.set(keyOf(mutation), next)
        return [{ key: keyOf(mutation), code, attempts: next.sync.attempts!, retryAt: next.sync.retryAt! }]
      }),
  })
  for (const { key, code, attempts, retryAt } of told) {
    deps.report('mutationFailed', { collection: key.collection, id: key.id, code, attempts, retryAt })
  }
  return told.reduce<number | null>((least, { retryAt }) => earliest(least, retryAt), null)
}

/** The earlier of two moments, where there are any. */
export function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
