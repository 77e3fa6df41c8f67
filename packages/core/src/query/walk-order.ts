/** Whether walking an index gives the order a query asks for. */
import type { Path } from '../protocol/identifiers.ts'
import type { OrderBy } from './query-spec.ts'
import { samePath } from './value-at.ts'

const ID: Path = ['id']

export interface WalkOrder {
  /** What the keys are made of. */
  readonly components: readonly Path[]
  /** The keys are the ids themselves. */
  readonly byId: boolean
}

export interface OrderMatch {
  readonly reverse: boolean
  readonly ordered: boolean
  readonly sortedBy: number
}

/**
 * The better direction for walking, and how far the walk then follows `orderBy`. Paths that are fixed to one value by
 * the filter order nothing, neither here nor there.
 */
export function followOrder(
  orderBy: readonly OrderBy[],
  walk: WalkOrder,
  isFixed: (path: Path) => boolean,
): OrderMatch {
  const forward = follow(orderBy, walk, isFixed, false)
  if (forward.ordered) return forward
  const backward = follow(orderBy, walk, isFixed, true)
  return backward.ordered || backward.sortedBy > forward.sortedBy ? backward : forward
}

function follow(
  orderBy: readonly OrderBy[],
  walk: WalkOrder,
  isFixed: (path: Path) => boolean,
  reverse: boolean,
): OrderMatch {
  // At most one document has a given id.
  if (isFixed(ID)) return { reverse, ordered: true, sortedBy: orderBy.length }
  const direction = reverse ? 'desc' : 'asc'
  const given: OrderBy[] = walk.components
    .filter((path) => !isFixed(path))
    .map((path) => ({ path, direction }))
  // Q4, ST5: rows with equal keys come by rising id in either direction.
  if (!walk.byId) given.push({ path: ID, direction: 'asc' })

  const done: Path[] = []
  let next = 0
  let sortedBy = 0
  for (const asked of [...orderBy, { path: ID, direction: 'asc' } as const]) {
    if (!isFixed(asked.path) && !done.some((path) => samePath(path, asked.path))) {
      const here = given[next]
      if (here === undefined || here.direction !== asked.direction || !samePath(here.path, asked.path)) {
        return { reverse, ordered: false, sortedBy }
      }
      next++
      // Ids are unique, so nothing behind one orders anything.
      if (samePath(asked.path, ID)) return { reverse, ordered: true, sortedBy: orderBy.length }
      done.push(asked.path)
    }
    sortedBy++
  }
  return { reverse, ordered: true, sortedBy: orderBy.length }
}
