import type { FeedPlace, Unit } from '@synclayer/adapter-kit'
import type { PushRequest } from '@synclayer/core/adapter'

/** A part of a push that shares a transaction with others. */
export interface PushWork {
  readonly request: PushRequest
  /** What the request's cursor names; null where it is not one of this database and scope. */
  readonly place: FeedPlace | null
  readonly units: readonly Unit[]
}
