/**
 * Freezing: what waits becomes one mutation that never changes until it is answered (W2, W3).
 *
 * Two copies of a store give the same ids to different mutations, and one edit, merged with different states of the
 * backend, even has the same time in both. So the last part of a mutation's time is a fingerprint of what it says: the
 * same id with the same time is the same mutation (A3).
 */
import { diffDocuments } from '../document/patch.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { Json } from '../shared/json.ts'
import { fingerprint } from '../shared/fingerprint.ts'
import { againMark, isAsItWas } from './sent-again.ts'
import { withoutDifference } from './settle.ts'
import { BACKOFF, type RecordState, thereText, withoutSync } from './record-state.ts'
import { parseDocument, type TransitionContext } from './transition.ts'

/**
 * The record with its mutation in flight, or, where base and local are equal, clean again (null where no row is left).
 * The row must be committed, flushed, before the mutation is sent.
 */
export function freeze(
  state: RecordState,
  mutationId: string,
  context: TransitionContext,
): { readonly state: RecordState | null; readonly mutation: Mutation | null } {
  const content = contentOf(state, context)
  if (content === null) return { state: withoutDifference(state, context), mutation: null }
  const { collection, id, sync } = state
  const what = {
    collection,
    recordId: id,
    ...content,
    base: sync.version,
    schema: sync.schema,
    ...(sync.group === undefined ? {} : { group: sync.group }),
  }
  const edited = sync.device ? context.correct(sync.time, sync.baseTime) : sync.time
  const time = context.stamp(
    edited,
    isAsItWas(state) ? againMark(state, what.schema, what.data!) : fingerprint(JSON.stringify(what)),
    sync.version === null ? undefined : sync.baseTime,
  )
  const mutation: Mutation = { ...what, id: mutationId, time }
  const frozen = { ...withoutSync(sync, 'device', 'group', ...BACKOFF), time, inFlight: mutation }
  return { state: { ...state, sync: frozen, lane: 'sending' }, mutation }
}

/** What must be sent to turn the base into the local document; null: nothing. */
function contentOf(
  state: RecordState,
  context: TransitionContext,
): Pick<Mutation, 'kind' | 'data' | 'patch'> | null {
  // A record that was lost or deleted there may have a base, but nothing there to patch.
  const base = thereText(state)
  if (state.document === null) return base === null ? null : { kind: 'delete' }
  if (base === null) return { kind: 'put', data: JSON.parse(state.document) as Json }
  if (base === state.document) return null
  const local = parseDocument(state.document)!
  const patch = diffDocuments(parseDocument(base)!, local)
  if (patch === null) return null
  return context.patch ? { kind: 'patch', patch } : { kind: 'put', data: local }
}
