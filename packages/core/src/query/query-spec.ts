/** What a query is, as data: the input of the planner, of the runner and of the live view. */
import type { Filter } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import type { JsonObject } from '../shared/json.ts'

/** A document as queries see it: plain JSON with its id inside. */
export type Doc = JsonObject & { readonly id: string }

export type Direction = 'asc' | 'desc'

export interface OrderBy {
  readonly path: Path
  readonly direction: Direction
}

/**
 * A query as plain JSON. Ties of `orderBy` are broken by rising id, whatever the directions (Q4).
 * `filter: null` matches everything, `limit: null` is no limit.
 */
export interface QuerySpec {
  readonly filter: Filter | null
  readonly orderBy: readonly OrderBy[]
  readonly offset: number
  readonly limit: number | null
}

/** The query that gives every document, by rising id. */
export const EVERYTHING: QuerySpec = { filter: null, orderBy: [], offset: 0, limit: null }
