/** The end of a resync: what the snapshot did not show is not on the backend any more (R2, R3). */
import { deletedThere, isClean, notDeleted, type RecordState, withoutSync } from './record-state.ts'
import { rebase, sentAnew } from './settle.ts'
import { type Outcome, type RemoteState, type TransitionContext, unchanged } from './transition.ts'

/**
 * A record that a whole snapshot did not show. With `recover` the backend lost it: it waits to be created again.
 * Without, it was deleted there. What is in flight is left to its answer, and then dealt with.
 */
export function unseen(state: RecordState, recover: boolean, context: TransitionContext): Outcome {
  if (state.sync.generation === context.generation) return unchanged(state)
  return state.sync.inFlight === undefined
    ? notThere(state, recover, context)
    : unchanged(missed(state, recover))
}

/** Whether it was ever there, its answer tells. What was held is not there any more; what was lost of it is sent again. */
function missed(state: RecordState, recover: boolean): RecordState {
  const sync = recover ? notDeleted(state).sync : withoutSync(state.sync, 'held')
  return { ...state, sync: { ...sync, missing: recover ? 'recover' : (sync.missing ?? 'take') } }
}

/** A record that the backend has nothing of, not even a tombstone as far as can be seen. */
export function notThere(state: RecordState, recover: boolean, context: TransitionContext): Outcome {
  const { version, gone, baseTime, time } = state.sync
  if (isClean(state)) {
    if (recover) return recreated(state, context)
    // What never was there cannot be missing there.
    return version === null ? unchanged(state) : { state: null, events: [] }
  }
  if (version === null) return unchanged(recover ? notDeleted(state) : state)
  if (recover) return lost(state, context)
  if (gone) return unchanged(state)
  const nothing: RemoteState = {
    version: null,
    document: null,
    time: baseTime ?? time,
    schema: context.schema,
  }
  return rebase(deletedThere(state), nothing, context)
}

function recreated(state: RecordState, context: TransitionContext): Outcome {
  // Hidden: of a newer schema. This app cannot send it, so it is kept as it is until the app is upgraded.
  if (state.document === null) return unchanged({ ...state, sync: { ...state.sync, version: null } })
  return lost(sentAnew(state, context), context)
}

/**
 * The whole document waits to be created again. The base stays, though the backend has none: should another client
 * create it first, it tells what has been edited since it was lost.
 */
function lost(state: RecordState, context: TransitionContext): Outcome {
  if (state.document === null) return { state: null, events: [] }
  const sync = { ...withoutSync(state.sync, 'gone'), version: null, generation: context.generation }
  return { state: { ...state, sync }, events: [{ kind: 'recovered' }] }
}
