/** A change pulled from the feed meets the record as it is here (W11 to W13, W26). */
import type { Change } from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import { isEcho } from './echo.ts'
import {
  baseText,
  isClean,
  isHidden,
  type Missing,
  notDeleted,
  type RecordState,
  withoutSync,
} from './record-state.ts'
import { editTime, rebase, sentAnew, taken, waitingOn } from './settle.ts'
import { settleAnswer } from './settle-answer.ts'
import { type Outcome, remoteState, type TransitionContext, unchanged } from './transition.ts'

/**
 * What becomes of a state that is older than the known one. As a rule it is no news; in a snapshot after a change of
 * epoch it is what the backend is left with: what it lost is sent again, or the backend is believed (R3).
 */
export type OlderState = 'ignore' | Missing

type RecordChange = Exclude<Change, { readonly kind: 'leave' }>

/**
 * The record after a pulled change. `origin` gives the scope of a record not yet here.
 */
export function pulled(
  current: RecordState | null,
  change: Change,
  origin: Pick<RecordState, 'collection' | 'id' | 'scope'>,
  context: TransitionContext,
  older: OlderState = 'ignore',
): Outcome {
  if (change.kind === 'leave')
    return current === null ? { state: null, events: [] } : left(current, change.version, context)
  if (current === null) return { state: taken(origin, remoteState(change), context), events: [] }
  const { inFlight } = current.sync
  if (inFlight !== undefined) return whileUnknown(current, inFlight, change, context, older)
  const known = current.sync.version
  if (known === change.version) return unchanged(seen(current, context))
  if (older !== 'take' && isBefore(change.version, known, context)) {
    return older === 'recover' ? recovered(current, change, context) : unchanged(seen(current, context))
  }
  if (isClean(current)) return { state: taken(current, remoteState(change), context), events: [] }
  const state = returned(current)
  // In a history put back to before the delete, nothing is known of one.
  return rebase(older === 'recover' ? notDeleted(state) : state, remoteState(change), context)
}

/** Its own mutation's echo is its answer; anything else waits for the answer (W12). */
function whileUnknown(
  current: RecordState,
  inFlight: Mutation,
  change: RecordChange,
  context: TransitionContext,
  how: OlderState,
): Outcome {
  const { kind: _kind, text: _text, ...record } = change
  if (isEcho(change, inFlight)) {
    const data = change.deleted ? {} : { data: change.data as JsonObject }
    const outcome = { status: 'accepted', version: change.version, ...data } as const
    return settleAnswer(returned(current), inFlight, outcome, context)
  }
  const { held, version } = current.sync
  const known = held?.version ?? version
  if (change.version === known || (isBefore(change.version, known, context) && how === 'ignore'))
    return unchanged(seen(current, context))
  const { sync, ...next } = returned(current)
  const { generation } = context
  // The backend is back where the mutation was made: what was held since is not there any more.
  if (change.version === version)
    return unchanged({ ...next, sync: { ...withoutSync(sync, 'held'), generation } })
  const missing = how !== 'ignore' && isBefore(change.version, version, context) ? { missing: how } : {}
  return unchanged({ ...next, sync: { ...sync, ...missing, held: record, generation } })
}

function isBefore(version: string, known: string | null, { orderedVersions }: TransitionContext): boolean {
  return orderedVersions && known !== null && version < known
}

/** Notes which snapshot saw the record, where that matters. */
function seen(current: RecordState, context: TransitionContext): RecordState {
  const { generation, left, missing } = current.sync
  if (generation === context.generation && !left && missing === undefined) return current
  const next = returned(current)
  return { ...next, sync: { ...next.sync, generation: context.generation } }
}

/** A record that matches the filter again stays, and one that is shown is not missing. */
function returned(current: RecordState): RecordState {
  const { left, missing } = current.sync
  return left || missing !== undefined
    ? { ...current, sync: withoutSync(current.sync, 'left', 'missing') }
    : current
}

function left(current: RecordState, version: string, context: TransitionContext): Outcome {
  const known = current.sync.held?.version ?? current.sync.version
  if (isBefore(version, known, context)) return unchanged(current)
  if (isClean(current)) return { state: null, events: [] }
  return unchanged({ ...current, sync: { ...current.sync, left: true } })
}

/** The backend has an older state than it once acknowledged: what it lost waits to be sent again. */
function recovered(current: RecordState, change: RecordChange, context: TransitionContext): Outcome {
  const remote = remoteState(change)
  if (remote.schema > context.schema && !isHidden(current))
    return rebase(isClean(current) ? sentAnew(current, context) : current, remote, context)
  const text = isClean(current) ? (current.document ?? baseText(current)) : current.document
  const lane = current.lane ?? 'waiting'
  const order = current.lane === null ? context.nextOrder() : current.order
  // What is hidden goes as it is, of the schema it is of: it cannot be read here, and need not be.
  const { schema } = current.sync
  const state = waitingOn(
    { ...current, lane, order },
    remote,
    text,
    editTime(current, context),
    context,
    schema,
  )
  return { state, events: [{ kind: 'recovered' }] }
}
