/** Records in every state, and what happens to them, for the tests of the transitions in outbox/. */
import { correctTime, stampTime } from '../clock/hybrid-clock.ts'
import { combinedFields, reconcile } from '../conflict/reconcile.ts'
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { edit, type Edit } from '../outbox/edit.ts'
import { freeze } from '../outbox/freeze.ts'
import { park } from '../outbox/settle.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { TransitionContext } from '../outbox/transition.ts'
import type { Change } from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'

export const ORIGIN = { collection: 'items', id: 'a', scope: 'default' }

/** A hybrid time: `at(3)` is later than `at(2)`, whoever made it. */
export function at(ms: number, node = '1'): string {
  return `${ms.toString(16).padStart(12, '0')}-0000-${node.padStart(16, '0')}`
}

/** A version of the backend's: `v(3)` comes after `v(2)`. */
export function v(position: number): string {
  return `v${String(position).padStart(6, '0')}`
}

/** A transition context; a strategy instead of `reconcile` is taken for one. */
export function contextOf(
  options: Partial<TransitionContext> & { readonly strategy?: ConflictStrategy } = {},
): TransitionContext {
  const { strategy = 'merge', ...rest } = options
  let order = 1_000
  return {
    schema: 1,
    migrate: (document) => document,
    reconcile: (input) => reconcile({ ...input, strategy }),
    fields: combinedFields(strategy),
    correct: (time, atLeast) => correctTime(time, 0, atLeast),
    stamp: stampTime,
    orderedVersions: true,
    recover: true,
    patch: true,
    now: 5_000,
    nextOrder: () => (order += 1),
    generation: 1,
    ...rest,
  }
}

/** The document of record `a`, as JSON text; null stands for none. */
export function text(fields: JsonObject | null): string | null {
  return fields === null ? null : JSON.stringify({ id: 'a', ...fields })
}

/** The record as the backend may show it: `null` is a tombstone. */
export function remote(
  position: number,
  fields: JsonObject | null,
  more: Partial<RemoteRecord> = {},
): RemoteRecord {
  return {
    collection: 'items',
    id: 'a',
    version: v(position),
    deleted: fields === null,
    ...(fields === null ? {} : { data: { id: 'a', ...fields } }),
    time: at(position),
    schema: 1,
    ...more,
  }
}

/** The same as a change of the feed. */
export function change(
  position: number,
  fields: JsonObject | null,
  more: Partial<RemoteRecord> = {},
): Change {
  return { ...remote(position, fields, more), kind: fields === null ? 'delete' : 'put' }
}

/** What the backend makes of the mutation in flight, as a change of the feed. */
export function echo(sending: RecordState, position: number, fields: JsonObject | null): Change {
  const { id, time } = sending.sync.inFlight!
  return change(position, fields, { mutation: id, time })
}

/** A time without what tells it apart from others of its moment. */
export function momentOf(time: string): string {
  return time.slice(0, 'mmmmmmmmmmmm-cccc'.length)
}

export function leave(position: number): Change {
  return { kind: 'leave', collection: 'items', id: 'a', version: v(position) }
}

/** An edit by the app; `null` deletes. */
export function editOf(fields: JsonObject | null, more: Partial<Edit> = {}): Edit {
  return { ...ORIGIN, document: text(fields), time: at(100), schema: 1, order: 10, synced: true, ...more }
}

/** A record as the backend has it, here at version 1, with nothing to send. */
export function cleanRecord(
  fields: JsonObject = { n: 1 },
  more: Partial<RecordState['sync']> = {},
): RecordState {
  return {
    ...ORIGIN,
    document: text(fields),
    base: null,
    sync: { version: v(1), time: at(1), schema: 1, generation: 1, ...more },
    lane: null,
    order: 0,
  }
}

/** A clean record, edited since. */
export function waitingRecord(
  fields: JsonObject | null = { n: 2 },
  more: Partial<Edit> & { readonly on?: RecordState } = {},
): RecordState {
  const { on = cleanRecord(), ...rest } = more
  return edit(on, editOf(fields, rest))!
}

/** A record that the backend has never seen. */
export function createdRecord(fields: JsonObject = { n: 2 }, more: Partial<Edit> = {}): RecordState {
  return edit(null, editOf(fields, more))!
}

/** A waiting record whose mutation `c.1` was frozen. */
export function sendingRecord(
  waiting: RecordState = waitingRecord(),
  context: TransitionContext = contextOf(),
): RecordState {
  const { state, mutation } = freeze(waiting, 'c.1', context)
  if (state === null || mutation === null)
    throw new Error('Nothing was frozen: the record has no difference.')
  return state
}

/** A record whose change the backend refused. */
export function parkedRecord(waiting: RecordState = waitingRecord()): RecordState {
  return park(waiting, { code: 'FORBIDDEN', reason: 'Not yours.', at: 5_000 }).state!
}

/** What an app would see of a record, and where it stands, in one line for tables. */
export function brief(state: RecordState | null): unknown {
  if (state === null) return 'gone'
  const { document, lane, sync } = state
  return [lane ?? 'clean', document === null ? null : withoutId(document), sync.version]
}

function withoutId(document: string): JsonObject {
  const { id: _id, ...fields } = JSON.parse(document) as JsonObject
  return fields
}
