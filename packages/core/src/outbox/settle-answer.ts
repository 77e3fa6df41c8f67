/** What a certain answer makes of a record, whatever else was pulled meanwhile (W5 to W8). */
import { applyPatch } from '../document/patch.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'
import type { PushOutcome } from '../protocol/messages.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { isEcho } from './echo.ts'
import {
  BACKOFF,
  baseText,
  deletedThere,
  type RecordState,
  type SyncState,
  withoutSync,
} from './record-state.ts'
import { clean, editTime, park, rebase, taken, waitingOn } from './settle.ts'
import {
  documentText,
  type Outcome,
  parseDocument,
  type RemoteState,
  remoteState,
  type TransitionContext,
  type TransitionEvent,
} from './transition.ts'

/** What is of no more use once the mutation is answered. */
const ANSWERED = ['inFlight', 'editedAt', 'undeleted', 'held', 'missing', ...BACKOFF] as const

/** An answer that is certain. */
export type Settled = Exclude<PushOutcome, { readonly status: 'retry' }>

/** The record after an answer to the mutation in flight; what is held is not looked at. */
export function settleAnswer(
  state: RecordState,
  inFlight: Mutation,
  outcome: Settled,
  context: TransitionContext,
): Outcome {
  switch (outcome.status) {
    case 'accepted':
      return accepted(state, inFlight, outcome, context)
    case 'conflict': {
      const { current } = outcome
      // A backend that remembers only by record may answer a replay so: what is there is this very mutation's doing.
      if (current !== null && isEcho(current, inFlight))
        return accepted(state, inFlight, echoOf(current), context)
      return conflicted(landed(state, inFlight), current, state.sync, context)
    }
    case 'aborted':
      return { state: landed(state, inFlight), events: [] }
    case 'rejected': {
      const back = landed(state, inFlight)
      if (state.sync.editedAt !== undefined) return { state: back, events: [] }
      return park(back, { ...refusal(outcome), at: context.now })
    }
  }
}

function echoOf(current: RemoteRecord): Extract<Settled, { readonly status: 'accepted' }> {
  const { version, data } = current
  return { status: 'accepted', version, ...(data === undefined ? {} : { data }) }
}

function refusal(outcome: Extract<Settled, { readonly status: 'rejected' }>): {
  code: typeof outcome.code
  reason: string
  details?: Readonly<Record<string, Json>>
} {
  const { code, reason, details } = outcome
  return { code, reason, ...(details === undefined ? {} : { details }) }
}

/** The difference waits again, as it is now, in its old place and with its group. */
function landed(state: RecordState, inFlight: Mutation): RecordState {
  const group = state.sync.group ?? inFlight.group
  const sync: SyncState = {
    ...withoutSync(state.sync, ...ANSWERED),
    ...(group === undefined ? {} : { group }),
  }
  return { ...state, sync, lane: 'waiting' }
}

function accepted(
  state: RecordState,
  inFlight: Mutation,
  outcome: Extract<Settled, { readonly status: 'accepted' }>,
  context: TransitionContext,
): Outcome {
  const events: TransitionEvent[] = [{ kind: 'synced', version: outcome.version }]
  const { editedAt } = state.sync
  const sync: SyncState = {
    ...withoutSync(state.sync, ...ANSWERED, 'baseSchema', 'gone'),
    version: outcome.version,
    baseTime: inFlight.time,
    generation: context.generation,
  }
  const stored: RemoteState | null =
    outcome.data === undefined || inFlight.kind === 'delete'
      ? null
      : {
          version: outcome.version,
          document: outcome.data as JsonObject,
          time: inFlight.time,
          schema: inFlight.schema,
        }
  if (editedAt === undefined) {
    const settled: RecordState = { ...state, sync }
    // Migrated while it was in flight, or of a schema that this app does not know, and so hidden from now on: what the
    // backend has is what was sent, and that is the base (R7, R8).
    const isOther = inFlight.schema < sync.schema || sync.schema > context.schema
    const there = stored ?? (isOther ? sentState(state, inFlight, outcome.version) : null)
    if (there === null || state.sync.left) return { state: clean(settled), events }
    return { state: taken(settled, there, context), events }
  }
  if (state.sync.undeleted)
    return { state: undeleted(state, editedAt, outcome.version, inFlight, context), events }
  const sent = sentText(state, inFlight)
  const schemaThen = inFlight.schema === sync.schema ? {} : { baseSchema: inFlight.schema }
  const waiting: RecordState = {
    ...state,
    base: sent,
    sync: { ...sync, ...schemaThen },
    lane: 'waiting',
    order: editedAt,
  }
  if (stored !== null) {
    const merged = rebase(waiting, stored, context)
    return { state: merged.state, events: [...events, ...merged.events] }
  }
  if (waiting.document === null && sent === null) return { state: null, events }
  return { state: waiting, events }
}

/** The delete that was taken back has come through: as with a delete by another client, what is here outlives it. */
function undeleted(
  state: RecordState,
  editedAt: number,
  version: Version,
  { time }: Mutation,
  context: TransitionContext,
): RecordState | null {
  const tombstone: RemoteState = { version, document: null, time, schema: context.schema }
  const sync = withoutSync(state.sync, ...BACKOFF)
  return waitingOn(
    { ...state, sync, lane: 'waiting', order: editedAt },
    tombstone,
    state.document,
    editTime(state, context),
    context,
    state.sync.schema,
  )
}

function sentState(state: RecordState, inFlight: Mutation, version: Version): RemoteState | null {
  const document = parseDocument(sentText(state, inFlight))
  return document === null ? null : { version, document, time: inFlight.time, schema: inFlight.schema }
}

/** The document the mutation made, where the backend stored what was sent. */
function sentText(state: RecordState, inFlight: Mutation): string | null {
  switch (inFlight.kind) {
    case 'delete':
      return null
    case 'put':
      return documentText(inFlight.data as JsonObject)
    case 'patch':
      return documentText(applyPatch(parseDocument(baseText(state))!, inFlight.patch!))
  }
}

function conflicted(
  state: RecordState,
  current: RemoteRecord | null,
  { held, missing }: SyncState,
  context: TransitionContext,
): Outcome {
  if (current === null) return nothingThere(state, held?.deleted === true || missing === 'take', context)
  // The answer was made after the last pull, so it is at least as new as what is held, unless versions say otherwise.
  const newest =
    held !== undefined && context.orderedVersions && held.version > current.version ? held : current
  return rebase(state, remoteState(newest), context)
}

/** Not even a tombstone is there: a create is made anew, an edit meets a delete, or a loss where no delete was heard of. */
function nothingThere(state: RecordState, wasDeleted: boolean, context: TransitionContext): Outcome {
  const { version, baseTime } = state.sync
  const nothing: RemoteState = { version: null, document: null, time: baseTime ?? '', schema: context.schema }
  if (version === null) {
    const time = editTime(state, context)
    return {
      state: waitingOn(state, nothing, state.document, time, context, state.sync.schema),
      events: [],
    }
  }
  return rebase(wasDeleted ? deletedThere(state) : state, nothing, context)
}
