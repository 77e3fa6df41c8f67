/**
 * One record as the client holds it: its document, what the backend last had, and where it stands on its way there.
 *
 *            edit                    freeze                 accepted
 *   clean ──────────▶ waiting ───────────────────▶ sending ──────────▶ clean, or waiting if edited since
 *     ▲                │  ▲  ▲                        │ conflict, aborted
 *     │ discard        │  │  └────────────────────────┤
 *     └──── parked ◀───┘  │ edit, retry               │ rejected
 *              ▲          └────────── parked ◀────────┘ (waiting once more if edited since)
 *              └ schema too new
 *
 * Everything about a record is one row, so every transition is one atomic write. Transitions are pure functions over
 * this state; they live beside this file, one event each.
 */
import type { ErrorCode } from '../errors/codes.ts'
import type { Hlc, Version } from '../protocol/identifiers.ts'
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'
import type { RecordRow } from '../ports/storage.ts'
import type { Json } from '../shared/json.ts'

/** Why and when a mutation was refused for good. */
export interface Parking {
  readonly code: ErrorCode
  readonly reason: string
  readonly details?: Readonly<Record<string, Json>>
  /** Device time, in milliseconds since 1970. */
  readonly at: number
}

/**
 * What to make of what a snapshot did not show, once the mutation in flight is answered: the backend lost it and is sent it
 * again, or it is believed (R2, R3).
 */
export type Missing = 'recover' | 'take'

/** The part of a record's row that is not a document. Stored as JSON; absent members are left out. */
export interface SyncState {
  /** The version of the base; null where the backend is not known to have had the record in this history. */
  readonly version: Version | null
  /** The time of the local document's latest user edit. */
  readonly time: Hlc
  /** `time` is the device's own, not yet corrected to the backend's clock. */
  readonly device?: true
  /** The schema version of the local document. */
  readonly schema: number
  /** The time of the base, where there is something to send. */
  readonly baseTime?: Hlc
  /**
   * It was deleted there: the base is but what local edits were made on, for others who create it again. With a version the
   * backend has the tombstone, else that has been purged.
   */
  readonly gone?: true
  /** The schema version of the base, where it is not that of the local document. */
  readonly baseSchema?: number
  /** The snapshot that last saw it. */
  readonly generation?: number
  /** The group of what waits. */
  readonly group?: string
  /** The frozen mutation, sent or about to be. */
  readonly inFlight?: Mutation
  /** Edited since the mutation was frozen: the place in the outbox those edits will take. */
  readonly editedAt?: number
  /** The delete in flight was taken back: what is here goes on from the base, not from nothing. */
  readonly undeleted?: true
  /** The newest change pulled while the mutation's outcome is unknown, or while the app is too old to merge it. */
  readonly held?: RemoteRecord
  /** A whole snapshot showed less of it than the mutation in flight was made on: an older state, then held, or nothing. */
  readonly missing?: Missing
  readonly parked?: Parking
  /** Unknown or retried answers in a row for this record alone, when the last came, and when it may be sent again. */
  readonly attempts?: number
  readonly failedAt?: number
  readonly retryAt?: number
  /** No longer matches the client's filter: goes once nothing is unsent. */
  readonly left?: true
}

/** A row with its `sync` text parsed. Documents stay texts: most transitions never look inside. */
export interface RecordState extends Omit<RecordRow, 'sync'> {
  readonly sync: SyncState
}

/** What is forgotten of failed attempts once the record is answered, edited or taken up again. */
export const BACKOFF = ['attempts', 'failedAt', 'retryAt'] as const

/** True while it must not be sent again. Now is before the failure where the clock was put back: that ends the wait. */
export function isBackingOff({ failedAt = 0, retryAt = 0 }: SyncState, now: number): boolean {
  return failedAt <= now && now < retryAt
}

/** True where nothing waits, is in flight or is parked. */
export function isClean(state: RecordState): boolean {
  return state.lane === null
}

/** True where nothing is unsent, and the app sees no document: it does not know its schema, or could not migrate it (R8). */
export function isHidden(state: RecordState): boolean {
  return state.lane === null && state.document === null && state.base !== null
}

/** The base document's text: what local edits were made on. Null where that is nothing. */
export function baseText(state: RecordState): string | null {
  return state.base ?? (state.lane === null ? state.document : null)
}

/** The document the backend has, as far as is known; null where it has a tombstone, or nothing. */
export function thereText(state: RecordState): string | null {
  return state.sync.version === null || state.sync.gone ? null : baseText(state)
}

/** The record, known to have been deleted there. */
export function deletedThere(state: RecordState): RecordState {
  return { ...state, sync: { ...state.sync, gone: true } }
}

/** The record, of which no delete is known. */
export function notDeleted(state: RecordState): RecordState {
  return state.sync.gone ? { ...state, sync: withoutSync(state.sync, 'gone') } : state
}

/** The schema version the base was written under. */
export function baseSchema(state: RecordState): number {
  return state.sync.baseSchema ?? state.sync.schema
}

/** The state without the named members of `sync`. */
export function withoutSync(sync: SyncState, ...names: readonly (keyof SyncState)[]): SyncState {
  const copy: Record<string, unknown> = { ...sync }
  for (const name of names) delete copy[name]
  return copy as unknown as SyncState
}
