/** The ways in which a record's difference to the backend is settled. */
import { reasonOf } from '../errors/reason-of.ts'
import type { Hlc } from '../protocol/identifiers.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import type { JsonObject } from '../shared/json.ts'
import { ancestorOf } from './ancestor.ts'
import {
  BACKOFF,
  baseSchema,
  baseText,
  type Parking,
  type RecordState,
  type SyncState,
  withoutSync,
} from './record-state.ts'
import {
  documentText,
  type Outcome,
  parseDocument,
  type RemoteState,
  remoteState,
  type TransitionContext,
  type TransitionEvent,
} from './transition.ts'

/** Nothing is left to send, base and local are equal. A deleted record needs no row; one that left its filter goes. */
export function clean(state: RecordState): RecordState | null {
  if (state.document === null || state.sync.left) return null
  return {
    ...state,
    base: null,
    sync: settledSync(state.sync, state.sync),
    lane: null,
    order: 0,
  }
}

/** Nothing is left to send. What was too new to be merged is newer than the base, and the feed will not tell of it again. */
export function withoutDifference(state: RecordState, context: TransitionContext): RecordState | null {
  const { held, left } = state.sync
  if (held === undefined) return clean(state)
  return left ? null : taken(state, remoteState(held), context)
}

/** The clean record as the backend has it; hidden where it is of a newer schema (R8); null where it is deleted. */
export function taken(
  current: Pick<RecordState, 'collection' | 'id' | 'scope'>,
  remote: RemoteState,
  context: TransitionContext,
): RecordState | null {
  if (remote.document === null || remote.version === null) return null
  const { collection, id, scope } = current
  const sync: SyncState = {
    version: remote.version,
    time: remote.time,
    schema: remote.schema,
    generation: context.generation,
  }
  const raw = remote.text ?? documentText(remote.document)!
  if (remote.schema === context.schema) {
    return { collection, id, scope, document: raw, base: null, sync, lane: null, order: 0 }
  }
  if (remote.schema > context.schema) {
    return { collection, id, scope, document: null, base: raw, sync, lane: null, order: 0 }
  }
  const document = documentText(context.migrate(remote.document, remote.schema))
  const migrated = { ...sync, schema: context.schema, baseSchema: remote.schema }
  return { collection, id, scope, document, base: raw, sync: migrated, lane: null, order: 0 }
}

/**
 * What is unsent, put upon the backend's present state: base, local and remote are reconciled into one new difference,
 * or into none (W6). A parked record stays parked (W15).
 */
export function rebase(state: RecordState, remote: RemoteState, context: TransitionContext): Outcome {
  const { schema } = state.sync
  const isNewer = state.document !== null && schema > context.schema
  // An edit outlives a delete as it is: nothing of it has to be understood.
  if (isNewer && remote.document === null)
    return {
      state: waitingOn(state, remote, state.document, editTime(state, context), context, schema),
      events: [],
    }
  if (isNewer || remote.schema > context.schema) return tooNew(state, remote, context)
  const known = migrated(parseDocument(baseText(state)), state.sync.baseSchema ?? state.sync.schema, context)
  const local = parseDocument(state.document)
  const theirs = migrated(remote.document, remote.schema, context)
  const base = ancestorOf(state, known, theirs, remote, context)
  const time = editTime(state, context)
  const result = context.reconcile({
    collection: state.collection,
    id: state.id,
    base,
    local: { document: local, time },
    remote: { document: theirs, time: remote.time },
  })
  if ('failed' in result) return resolverFailed(state, result.failed, context)
  const { document, conflict } = result
  const events: readonly TransitionEvent[] =
    conflict === null
      ? []
      : [{ kind: 'conflict', base, local, remote: theirs, resolved: document, ...conflict }]
  if (deepEqual(document ?? undefined, theirs ?? undefined)) {
    return { state: state.sync.left ? null : taken(state, remote, context), events }
  }
  const text = document === local ? state.document : documentText(document)
  return { state: waitingOn(state, remote, text, result.time, context), events }
}

/** The time of the latest edit as the backend's clock would have it, corrected once (T2). */
export function editTime({ sync }: RecordState, context: TransitionContext): Hlc {
  return sync.device ? context.correct(sync.time) : sync.time
}

/**
 * The record with its new difference to `remote`, in the lane it was in. Where the edit outlives a delete the base stays:
 * should another client create the record again first, it tells what of both is the same. `schema`: that of the text.
 */
export function waitingOn(
  state: RecordState,
  remote: RemoteState,
  text: string | null,
  time: string,
  context: TransitionContext,
  schema: number = context.schema,
): RecordState | null {
  if (text === null && remote.document === null) return null
  const kept = withoutSync(
    state.sync,
    'device',
    'inFlight',
    'editedAt',
    'undeleted',
    'held',
    'missing',
    'baseSchema',
    'gone',
  )
  const ancestor = remote.document === null ? baseText(state) : null
  const parked = state.lane === 'parked'
  return {
    ...state,
    document: text,
    base: ancestor ?? documentText(remote.document),
    sync: {
      ...kept,
      version: remote.version,
      time,
      schema,
      baseTime: remote.time,
      generation: context.generation,
      ...unlike(schema, ancestor === null ? remote.schema : baseSchema(state)),
      ...(ancestor !== null && (remote.version !== null || state.sync.gone) ? { gone: true } : {}),
    },
    lane: parked ? 'parked' : 'waiting',
  }
}

function unlike(schema: number, baseSchema: number): Partial<SyncState> {
  return baseSchema === schema ? {} : { baseSchema }
}

/** A clean record that is to be sent to a backend that lost it. */
export function sentAnew(state: RecordState, context: TransitionContext): RecordState {
  const sync = { ...state.sync, baseTime: state.sync.time }
  return { ...state, base: baseText(state), sync, lane: 'waiting', order: context.nextOrder() }
}

/** The record out of the way, its difference kept, until someone edits, retries or discards it. */
export function park(state: RecordState, parking: Parking): Outcome {
  const group = state.sync.group ?? state.sync.inFlight?.group
  const sync = {
    ...withoutSync(state.sync, 'inFlight', 'editedAt', 'undeleted', ...BACKOFF),
    parked: parking,
    ...(group === undefined ? {} : { group }),
  }
  const events: readonly TransitionEvent[] = [{ kind: 'parked', code: parking.code, reason: parking.reason }]
  return { state: { ...state, sync, lane: 'parked' }, events }
}

function resolverFailed(state: RecordState, error: unknown, context: TransitionContext): Outcome {
  return park(state, {
    code: 'RESOLVER_FAILED',
    reason: `The conflict resolver failed: ${reasonOf(error)}`,
    at: context.now,
  })
}

/** An old app must not merge what it does not understand: both sides are kept until it is upgraded. */
function tooNew(state: RecordState, remote: RemoteState, context: TransitionContext): Outcome {
  const held = {
    collection: state.collection,
    id: state.id,
    version: remote.version ?? '',
    deleted: remote.document === null,
    ...(remote.document === null ? {} : { data: remote.document }),
    time: remote.time,
    schema: remote.schema,
  }
  const newest = Math.max(remote.schema, state.sync.schema)
  const reason = `It is of schema version ${newest}, on the backend or here; this app knows ${context.schema}. Upgrade the app.`
  const outcome = park(state, { code: 'NOT_SUPPORTED', reason, at: context.now })
  const parkedState = outcome.state!
  const already = state.lane === 'parked' && state.sync.parked?.code === 'NOT_SUPPORTED'
  return {
    state: { ...parkedState, sync: { ...parkedState.sync, held, generation: context.generation } },
    events: already ? [] : outcome.events,
  }
}

function migrated(document: JsonObject | null, from: number, context: TransitionContext): JsonObject | null {
  if (document === null || from >= context.schema) return document
  return context.migrate(document, from)
}

function settledSync(sync: SyncState, from: SyncState): SyncState {
  return {
    version: sync.version,
    time: from.device ? (sync.baseTime ?? sync.time) : sync.time,
    schema: sync.schema,
    ...(sync.generation === undefined ? {} : { generation: sync.generation }),
  }
}
