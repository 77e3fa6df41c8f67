/** What the backend says of a mutation in flight (W5 to W9). */
import type { Version } from '../protocol/identifiers.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import { type Settled, settleAnswer } from './settle-answer.ts'
import { type Outcome, type TransitionContext, unchanged } from './transition.ts'

/**
 * The record after a certain answer to its mutation, and after the change that was held until then (W12). An answer to
 * another mutation changes nothing.
 */
export function answer(
  state: RecordState,
  mutationId: string,
  outcome: Settled,
  context: TransitionContext,
): Outcome {
  const { inFlight, held } = state.sync
  if (inFlight === undefined || inFlight.id !== mutationId) return unchanged(state)
  const settled = settleAnswer(state, inFlight, outcome, context)
  // A conflict has been reconciled with the newer of the held change and the current one already.
  if (held === undefined || outcome.status === 'conflict') return settled
  // A deleted record leaves no row to compare with; without ordered versions its own echo will set right what is wrong.
  if (settled.state === null && isOlder(held.version, outcome, context)) return settled
  const { collection, id, scope } = state
  const kind = held.deleted ? ('delete' as const) : ('put' as const)
  const next = pulled(settled.state, { ...held, kind }, { collection, id, scope }, context)
  return { state: next.state, events: [...settled.events, ...next.events] }
}

function isOlder(version: Version, outcome: Settled, context: TransitionContext): boolean {
  return outcome.status === 'accepted' && context.orderedVersions && version < outcome.version
}

/** Nothing certain is known: the same mutation will be sent again (W9). */
export function unanswered(state: RecordState, retryAt: number): RecordState {
  return { ...state, sync: { ...state.sync, attempts: (state.sync.attempts ?? 0) + 1, retryAt } }
}
