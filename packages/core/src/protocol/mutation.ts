import type { Json } from '../shared/json.ts'
import type { Hlc, JsonPointer, Version } from './identifiers.ts'

/**
 * A difference between two documents. It reaches only through plain objects; arrays are values; no pointer is a prefix
 * of another. Null, absent and removed are three different things: `set` to null stores null, `unset` removes.
 */
export interface Patch {
  readonly set?: Readonly<Record<JsonPointer, Json>>
  readonly unset?: readonly JsonPointer[]
}

/**
 * One change of one record on its way to the backend, frozen: sent again, it is the same to the last byte.
 */
export interface Mutation {
  /** `clientId.n`, n rising by one per client. */
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly kind: 'put' | 'patch' | 'delete'
  /** The version it was made on. Null: nothing is stored there, not even a tombstone. */
  readonly base: Version | null
  /** The whole document, for a put. */
  readonly data?: Json
  /** The difference, for a patch. */
  readonly patch?: Patch
  /** The time of the record's latest user edit, corrected to the backend's clock as far as it is known. */
  readonly time: Hlc
  /** The schema version of the collection it was made under. */
  readonly schema: number
  /** Mutations of one group are applied whole or not at all. They always travel in one request. */
  readonly group?: string
}

/** A record as the backend has it. */
export interface RemoteRecord {
  readonly collection: string
  readonly id: string
  readonly version: Version
  readonly deleted: boolean
  /** The document; absent where deleted. */
  readonly data?: Json
  /** The JSON text of `data`, where the adapter has it at hand: it need not be written again. Equal to it, always. */
  readonly text?: string
  readonly time: Hlc
  readonly schema: number
  /** The id of the mutation that made this state, where one did. */
  readonly mutation?: string
}
