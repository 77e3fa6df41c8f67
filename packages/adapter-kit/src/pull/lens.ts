/** How a client sees one collection: its filter and its projection. */
import {
  compileFilter,
  type Filter,
  type JsonObject,
  parseFilter,
  type Projection,
  type PullCollection,
  SyncError,
} from '@synclayer/core/adapter'

export interface Lens {
  readonly matches?: (document: JsonObject) => boolean
  readonly fields?: Projection
}

/** By the collection's name. */
export type Lenses = ReadonlyMap<string, Lens>

/** Throws PROTOCOL for a filter that is none. */
export function lensesOf(collections: readonly PullCollection[]): Lenses {
  return new Map(collections.map((collection) => [collection.name, lensOf(collection)]))
}

function lensOf({ filter, fields }: PullCollection): Lens {
  const matches = filter === undefined ? {} : { matches: compileFilter(checkFilter(filter)) }
  return fields === undefined ? matches : { ...matches, fields }
}

function checkFilter(filter: Filter): Filter {
  try {
    return parseFilter(filter)
  } catch (error) {
    throw new SyncError('PROTOCOL', 'The filter is not valid', { cause: error })
  }
}
