/** What a store notes of a feed, and what the cursors of the model backend mean: read by the oracle for itself. */
import type { RemoteRecord } from '@synclayer/core/adapter'

/** Where a store stands in a feed, as far as it matters here. */
export interface Stand {
  readonly cursor: string | null
  readonly start: string
  readonly generation: number
  readonly snapshot: null | {
    readonly reason: 'first' | 'expired' | 'epoch' | 'collections'
    readonly cursor: string | null
    readonly sweeping?: boolean
  }
}

/** Where a cursor points to. In a snapshot: up to the name `after`, of what there was at `head`. */
export interface Place {
  readonly epoch: number
  readonly position: number
  readonly head?: number
  readonly after?: string
}

export function standIn(entry: string | null): Stand | null {
  return entry === null ? null : (JSON.parse(entry) as Stand)
}

/** The position at which a state of a record is in the feed. */
export function positionOf({ version }: Pick<RemoteRecord, 'version'>): number {
  return Number(version.slice(version.indexOf('-') + 1))
}

export function placeOf(cursor: string): Place {
  return JSON.parse(cursor) as Place
}
