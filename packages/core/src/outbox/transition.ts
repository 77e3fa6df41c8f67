/** What the transitions of a record share: what they are given, what they give back. */
import type { ErrorCode } from '../errors/codes.ts'
import type { Hlc, Path, Version } from '../protocol/identifiers.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import type { RecordState } from './record-state.ts'

/** One side of a merge: null where deleted or absent. */
export interface Side {
  readonly document: JsonObject | null
  readonly time: Hlc
}

export interface ReconcileInput {
  readonly collection: string
  readonly id: string
  readonly base: JsonObject | null
  readonly local: Side
  readonly remote: Side
}

/** How two sides became one. `conflict` is null where only one side had changed. */
export type ReconcileResult =
  | {
      readonly document: JsonObject | null
      readonly time: Hlc
      readonly conflict: null | { readonly strategy: string; readonly winner: 'local' | 'remote' | 'merged' }
    }
  | { readonly failed: unknown }

/** A field in which two edits combine. `addsUp`: two equal ones are two. */
export interface CombinedField {
  readonly path: Path
  readonly addsUp: boolean
}

/** What a transition may use: all of it pure, or fixed for its duration. */
export interface TransitionContext {
  /** The collection's schema version in this app. */
  readonly schema: number
  /** Carries a document of an older schema version over to `schema`. May throw: then the record is set aside. */
  migrate(document: JsonObject, from: number): JsonObject
  reconcile(input: ReconcileInput): ReconcileResult
  /** The fields that `reconcile` combines. */
  readonly fields: readonly CombinedField[]
  /** Device time to the backend's time, later than `atLeast` where that is given. */
  correct(time: Hlc, atLeast?: Hlc): Hlc
  /** The time, told apart from others of its moment by 16 hex digits; later than `atLeast` where that is given. */
  stamp(time: Hlc, tail: string, atLeast?: Hlc): Hlc
  /** Versions sort by code unit. */
  readonly orderedVersions: boolean
  /** What a restored backend has lost is to be sent to it again. */
  readonly recover: boolean
  /** The backend takes patches. */
  readonly patch: boolean
  /** Device time in milliseconds. */
  readonly now: number
  /** A new last place in the outbox. */
  nextOrder(): number
  /** The snapshot under way or last done. */
  readonly generation: number
}

/** What is worth telling about a transition. */
export type TransitionEvent =
  | {
      readonly kind: 'conflict'
      readonly base: JsonObject | null
      readonly local: JsonObject | null
      readonly remote: JsonObject | null
      readonly resolved: JsonObject | null
      readonly strategy: string
      readonly winner: 'local' | 'remote' | 'merged'
    }
  | { readonly kind: 'parked'; readonly code: ErrorCode; readonly reason: string }
  /** A record the backend lost is sent to it again. */
  | { readonly kind: 'recovered' }
  /** The backend has the mutation. */
  | { readonly kind: 'synced'; readonly version: Version }

/** The state after a transition; null where the row goes. The same object where nothing changed. */
export interface Outcome {
  readonly state: RecordState | null
  readonly events: readonly TransitionEvent[]
}

/** Where the backend stands: a document, a tombstone (null with a version), or nothing (null without). */
export interface RemoteState {
  readonly version: Version | null
  readonly document: JsonObject | null
  /** The document's text, where that is known. */
  readonly text?: string | undefined
  readonly time: Hlc
  readonly schema: number
}

export function remoteState(record: RemoteRecord): RemoteState {
  const { version, time, schema, text } = record
  const document = record.deleted ? null : ((record.data ?? null) as JsonObject | null)
  return { version, document, text, time, schema }
}

export function unchanged(state: RecordState): Outcome {
  return { state, events: [] }
}

export function parseDocument(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject)
}

export function documentText(document: JsonObject | null): string | null {
  return document === null ? null : JSON.stringify(document)
}
