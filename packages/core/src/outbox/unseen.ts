/** The end of a resync: what the snapshot did not show is not on the backend any more (R2, R3). */
import { isClean, type RecordState, withoutSync } from './record-state.ts'
import { rebase, waitingOn } from './settle.ts'
import { type Outcome, type RemoteState, type TransitionContext, unchanged } from './transition.ts'

/**
 * A record that a whole snapshot did not show. With `recover` the backend lost it: it waits to be created again.
 * Without, it was deleted there. What is in flight is left to its answer.
 */
export function unseen(state: RecordState, recover: boolean, context: TransitionContext): Outcome {
  if (state.sync.generation === context.generation || state.sync.inFlight !== undefined)
    return unchanged(state)
  const nothing: RemoteState = {
    version: null,
    document: null,
    time: state.sync.baseTime ?? state.sync.time,
    schema: context.schema,
  }
  if (isClean(state)) return recover ? recreated(state, nothing, context) : { state: null, events: [] }
  if (state.sync.version === null) return unchanged(state)
  if (recover) {
    const next = waitingOn(state, nothing, state.document, state.sync.time, context)
    return { state: next, events: next === null ? [] : [{ kind: 'recovered' }] }
  }
  return rebase(state, nothing, context)
}

function recreated(state: RecordState, nothing: RemoteState, context: TransitionContext): Outcome {
  if (state.document === null) {
    // Hidden: of a newer schema. It cannot be sent by this app, so it is kept as it is until the app is upgraded.
    return unchanged({ ...state, sync: { ...withoutSync(state.sync, 'generation'), version: null } })
  }
  const waiting: RecordState = { ...state, lane: 'waiting', order: context.nextOrder() }
  return {
    state: waitingOn(waiting, nothing, state.document, state.sync.time, context),
    events: [{ kind: 'recovered' }],
  }
}
