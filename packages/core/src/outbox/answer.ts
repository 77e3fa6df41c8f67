/** What the backend says of a mutation in flight (W5 to W9). */
import type { Version } from '../protocol/identifiers.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import { type Settled, settleAnswer } from './settle-answer.ts'
import { type Outcome, type TransitionContext, unchanged } from './transition.ts'
import { notThere } from './unseen.ts'

/**
 * The record after a certain answer to its mutation, and after what was kept until then: the change that was held (W12),
 * and that a snapshot did not show it (R2, R3). An answer to another mutation changes nothing.
 */
export function answer(
  state: RecordState,
  mutationId: string,
  outcome: Settled,
  context: TransitionContext,
): Outcome {
  const { inFlight, missing } = state.sync
  if (inFlight === undefined || inFlight.id !== mutationId) return unchanged(state)
  // Nothing is there, but nobody deleted it: the conflict is with the backend alone, and no strategy has a say in it.
  const isLost = missing === 'recover' && outcome.status === 'conflict' && outcome.current === null
  const certain: Settled = isLost ? { status: 'aborted' } : outcome
  const settled = settleAnswer(state, inFlight, certain, context)
  // A conflict has been reconciled with the newer of the held change and the current one already.
  return certain.status === 'conflict' ? settled : withKept(state, certain, settled, context)
}

/** What was kept of the feed until the answer came. */
function withKept(
  { collection, id, scope, sync }: RecordState,
  outcome: Settled,
  settled: Outcome,
  context: TransitionContext,
): Outcome {
  const { held, missing, version } = sync
  const isBehind = held !== undefined && context.orderedVersions && version !== null && held.version < version
  // What is accepted is there, whatever was seen before.
  const older = outcome.status === 'accepted' || missing === undefined ? 'ignore' : missing
  let next = settled
  // A deleted record leaves no row to compare with; without ordered versions its own echo will set right what is wrong.
  if (held !== undefined && !(settled.state === null && isOlder(held.version, outcome, context))) {
    const kind = held.deleted ? ('delete' as const) : ('put' as const)
    const origin = { collection, id, scope }
    next = after(settled, pulled(settled.state, { ...held, kind }, origin, context, older))
  }
  if (older === 'ignore' || isBehind || next.state === null) return next
  return after(next, notThere(next.state, older === 'recover', context))
}

function after(first: Outcome, second: Outcome): Outcome {
  return { state: second.state, events: [...first.events, ...second.events] }
}

function isOlder(version: Version, outcome: Settled, context: TransitionContext): boolean {
  return outcome.status === 'accepted' && context.orderedVersions && version < outcome.version
}

/** Nothing certain is known: the same mutation will be sent again (W9). */
export function unanswered(state: RecordState, failedAt: number, retryAt: number): RecordState {
  return { ...state, sync: { ...state.sync, attempts: (state.sync.attempts ?? 0) + 1, failedAt, retryAt } }
}
