/** What the user does about a record that is stuck (W15). */
import type { Hlc } from '../protocol/identifiers.ts'
import { edit } from './edit.ts'
import { BACKOFF, baseSchema, type RecordState, thereText, withoutSync } from './record-state.ts'
import { clean, withoutDifference } from './settle.ts'
import { documentText, type Outcome, parseDocument, type TransitionContext, unchanged } from './transition.ts'

/** A parked or backing-off record may be sent again at once. */
export function retry(state: RecordState): RecordState {
  if (state.lane === null) return state
  const sync = withoutSync(state.sync, 'parked', ...BACKOFF)
  return { ...state, sync, lane: state.lane === 'parked' ? 'waiting' : state.lane }
}

/**
 * The record goes back to its base. What is in flight cannot be called back: there the base becomes a new edit, so
 * that the change is undone once its outcome is known.
 */
export function discard(
  state: RecordState,
  undo: { readonly time: Hlc; readonly order: number },
  context: TransitionContext,
): Outcome {
  if (state.lane === null) return unchanged(state)
  const base = thereText(state)
  const raw = parseDocument(base)
  const schema = baseSchema(state)
  const text = raw === null || schema >= context.schema ? base : documentText(context.migrate(raw, schema))
  const textSchema = Math.max(schema, context.schema)
  if (state.lane === 'sending') {
    const { collection, id, scope } = state
    const change = { collection, id, scope, document: text, ...undo, schema: textSchema, synced: true }
    const next = edit(state, change)
    if (next === null || state.sync.inFlight?.kind !== 'delete') return { state: next, events: [] }
    return { state: { ...next, sync: { ...next.sync, undeleted: true } }, events: [] }
  }
  if (state.sync.held !== undefined) return { state: withoutDifference(state, context), events: [] }
  const sync = withoutSync(state.sync, 'parked', 'group', 'gone', ...BACKOFF)
  const back: RecordState = {
    ...state,
    document: text,
    sync: { ...sync, schema: textSchema, device: true },
  }
  const next = clean(back)
  // Of a schema that this app does not know: hidden (R8).
  if (next !== null && schema > context.schema)
    return { state: { ...next, document: null, base }, events: [] }
  if (next === null || text === base) return { state: next, events: [] }
  return { state: { ...next, base, sync: { ...next.sync, baseSchema: schema } }, events: [] }
}
