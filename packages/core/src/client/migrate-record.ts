/**
 * A record meets an app of another schema version (R7, R8). The base stays raw, mutations in flight are untouched, and
 * nothing is marked as waiting that was not. What cannot be migrated is kept raw.
 */
import { reasonOf } from '../errors/reason-of.ts'
import { baseSchema, baseText, isHidden, type RecordState, withoutSync } from '../outbox/record-state.ts'
import { rebase } from '../outbox/settle.ts'
import { notThere } from '../outbox/unseen.ts'
import { documentText, parseDocument, remoteState, type TransitionContext } from '../outbox/transition.ts'
import type { TransitionEvent } from '../outbox/transition.ts'

export interface Migrated {
  /** The very same where nothing had to change. */
  readonly state: RecordState | null
  readonly events: readonly TransitionEvent[]
  /** What the migration threw, where it did. */
  readonly failed?: unknown
}

/** The record as this app, of schema version `context.schema`, is to have it. Never throws. */
export function migrateRecord(state: RecordState, synced: boolean, context: TransitionContext): Migrated {
  try {
    if (isHidden(state)) return unhide(state, synced, context)
    if (state.sync.schema > context.schema) return { state: downgraded(state, synced, context), events: [] }
    const current = state.sync.schema < context.schema ? upgraded(state, synced, context) : state
    return mergeHeld(current, context)
  } catch (failed) {
    return { state: setApart(state, failed, context), events: [], failed }
  }
}

/** Shown again once the app knows the schema: the base becomes the document, migrated if need be. */
function unhide(state: RecordState, synced: boolean, context: TransitionContext): Migrated {
  const { schema } = state.sync
  if (schema > context.schema) return { state, events: [] }
  const known: RecordState = { ...state, document: state.base, base: null }
  const shown = schema === context.schema ? known : upgraded(known, synced, context)
  // What a restore took from the backend while it was hidden waits to be sent again, now that it can be (R3).
  return synced && shown.sync.version === null ? notThere(shown, true, context) : { state: shown, events: [] }
}

function upgraded(state: RecordState, synced: boolean, context: TransitionContext): RecordState {
  const from = state.sync.schema
  const old = parseDocument(state.document)
  const document = old === null ? null : documentText(context.migrate(old, from))
  const { baseSchema: _raw, ...sync } = state.sync
  const base = synced ? baseText(state) : null
  return {
    ...state,
    document,
    base,
    sync: { ...sync, schema: context.schema, ...(base === null ? {} : { baseSchema: baseSchema(state) }) },
  }
}

/**
 * The app is older than the record. A clean one falls back on its base where the app knows that, else it is hidden.
 * What is unsent stays as it is: hiding it would mean deleting it.
 */
function downgraded(state: RecordState, synced: boolean, context: TransitionContext): RecordState {
  if (state.lane !== null) return state
  const schema = baseSchema(state)
  const { baseSchema: _raw, ...sync } = state.sync
  if (!synced || state.base === null || schema > context.schema) {
    return {
      ...state,
      document: null,
      base: baseText(state),
      sync: { ...sync, schema: synced ? schema : sync.schema },
    }
  }
  const known: RecordState = { ...state, document: state.base, base: null, sync: { ...sync, schema } }
  return schema === context.schema ? known : upgraded(known, synced, context)
}

/** What an older app could not merge is merged now. */
function mergeHeld(state: RecordState, context: TransitionContext): Migrated {
  const { held, parked } = state.sync
  if (
    state.lane !== 'parked' ||
    parked?.code !== 'NOT_SUPPORTED' ||
    held === undefined ||
    held.schema > context.schema
  ) {
    return { state, events: [] }
  }
  const waiting: RecordState = { ...state, lane: 'waiting', sync: withoutSync(state.sync, 'parked', 'held') }
  return rebase(waiting, remoteState(held), context)
}

/** Hidden where nothing is unsent; else parked, so that it is neither sent nor lost. */
function setApart(state: RecordState, failed: unknown, context: TransitionContext): RecordState {
  if (isHidden(state)) return state
  if (state.lane === null) {
    const { baseSchema: _raw, ...sync } = state.sync
    return { ...state, document: null, base: baseText(state), sync: { ...sync, schema: baseSchema(state) } }
  }
  if (state.lane !== 'waiting') return state
  const parked = {
    code: 'INVALID_DOCUMENT',
    reason: `It could not be migrated: ${reasonOf(failed)}`,
    at: context.now,
  } as const
  return { ...state, lane: 'parked', sync: { ...state.sync, parked } }
}
