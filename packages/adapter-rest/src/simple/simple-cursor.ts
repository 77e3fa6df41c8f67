/** The cursor of a scope: where each collection has come to, and which of them are still being read to their end. Pure. */
import { type Cursor, SyncError } from '@synclayer/core/adapter'
import { isMembers } from './simple-record.ts'

/** Where a collection has come to. */
export interface Place {
  /** The backend's own cursor. Without one it is followed by time. */
  readonly cursor?: string
  /** The largest `updatedAt` seen, in milliseconds. */
  readonly top?: number
  /** In the middle of reading by time: the largest `updatedAt` of this time round. */
  readonly at?: number
  /** How many records at `at` have been given, which will come again. */
  readonly skip?: number
}

export interface ScopePlace {
  readonly places: ReadonlyMap<string, Place>
  /** The collections that are not read to their end. */
  readonly walk: readonly string[]
}

export const NOWHERE: ScopePlace = { places: new Map(), walk: [] }

const FORM = 'simple-1:'

/** Equal places give equal cursors. */
export function encodeCursor({ places, walk }: ScopePlace): Cursor {
  const sorted = [...places].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const written = sorted.map(([name, { cursor, top, at, skip }]) => [name, { cursor, top, at, skip }])
  return FORM + JSON.stringify({ places: written, walk: walk.toSorted() })
}

/** Throws EPOCH_CHANGED for the cursor of another kind of backend: then the scope is read anew. */
export function decodeCursor(cursor: Cursor): ScopePlace {
  const decoded = cursor.startsWith(FORM) ? parse(cursor.slice(FORM.length)) : null
  if (decoded !== null) return decoded
  throw new SyncError('EPOCH_CHANGED', 'The cursor is that of another kind of backend')
}

function parse(text: string): ScopePlace | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!isMembers(value) || !Array.isArray(value['places']) || !Array.isArray(value['walk'])) return null
    return {
      places: new Map(value['places'] as readonly (readonly [string, Place])[]),
      walk: value['walk'] as readonly string[],
    }
  } catch {
    return null
  }
}
