/**
 * Chooses how a query is walked: by id or by one declared index, over which ranges, in which direction. Pure, and only
 * a matter of speed: whichever path is taken, the result is the same (Q6).
 *
 * An index is used for the values its leading components may have (single values first, then one range), and for the
 * order of the components behind those that are fixed to one value.
 */
import type { Filter } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import type { KeyRange } from '../ports/storage.ts'
import { boundsOf, type PathBounds } from './filter-bounds.ts'
import type { IndexDefinition } from './index-definition.ts'
import { KEY_TAG } from './index-key.ts'
import { ALL_VALUES, intersect } from './interval-set.ts'
import { idRanges, indexRanges, type PathRanges } from './path-ranges.ts'
import type { QuerySpec } from './query-spec.ts'
import { followOrder, type OrderMatch, type WalkOrder } from './walk-order.ts'

/** How to walk. Documents of other ranges cannot match; those within still have to, unless `filterCovered`. */
export interface AccessPath {
  /** The name of an index; null walks by id. */
  readonly index: string | null
  /** Disjoint, in rising order of keys; `{}` is everything, and no ranges at all means that nothing matches. */
  readonly ranges: readonly KeyRange[]
  /** Walk keys downwards, the last range first. Rows with equal keys still come by rising id. */
  readonly reverse: boolean
  /** The walk gives the order that was asked for, ties included: no sorting. */
  readonly ordered: boolean
  /** How many leading entries of `orderBy` the matches come in: with a limit a walk can stop early though not `ordered`. */
  readonly sortedBy: number
  /** Everything within the ranges matches: counting and limiting can be left to the store. */
  readonly filterCovered: boolean
}

const ID: Path = ['id']

/** Nothing matches. */
const NOTHING: AccessPath = {
  index: null,
  ranges: [],
  reverse: false,
  ordered: true,
  sortedBy: 0,
  filterCovered: true,
}

/**
 * The best way to answer `spec` with these indexes (give none where the storage has none).
 *
 * @param purpose counting needs no order, so it never prefers a path for it
 */
export function planQuery(
  spec: QuerySpec,
  indexes: readonly IndexDefinition[],
  purpose: 'documents' | 'count' = 'documents',
): AccessPath {
  if (spec.limit === 0) return NOTHING
  const conditions = conjuncts(spec.filter)
  const boundsByPath = new Map<string, Bounds>()
  const boundsAt = (path: Path): Bounds => {
    // No key holds U+0000.
    const name = path.join('\0')
    const known = boundsByPath.get(name)
    if (known !== undefined) return known
    const bounds = bound(conditions, path)
    boundsByPath.set(name, bounds)
    return bounds
  }
  if ([ID, ...pathsOf(spec.filter)].some((path) => boundsAt(path).values.length === 0)) return NOTHING
  const candidates = [
    candidate(spec, null, [ID], boundsAt),
    ...indexes.map(({ name, paths: components }) => candidate(spec, name, components, boundsAt)),
  ]
  let best = candidates[0] as Candidate
  let bestScore = score(best, spec, purpose)
  for (const next of candidates.slice(1)) {
    const nextScore = score(next, spec, purpose)
    // Of equals the earlier wins: the walk by id, which reads rows where they lie, then the order of declaration.
    if (nextScore > bestScore) [best, bestScore] = [next, nextScore]
  }
  const { index, ranges, order } = best
  if (ranges.ranges.length === 0) return NOTHING
  return { index, ranges: ranges.ranges, ...order, filterCovered: isCovered(best) }
}

interface Bounds extends PathBounds {
  /** For each of the conditions: whether the values at this path say all of it. */
  readonly exactFor: readonly boolean[]
}

interface Candidate {
  readonly index: string | null
  readonly bounds: readonly Bounds[]
  readonly ranges: PathRanges
  readonly order: OrderMatch
}

function candidate(
  spec: QuerySpec,
  index: string | null,
  components: readonly Path[],
  boundsAt: (path: Path) => Bounds,
): Candidate {
  const bounds = components.map(boundsAt)
  const values = bounds.map((bound) => bound.values)
  const ranges = index === null ? idRanges(values[0] ?? []) : indexRanges(values)
  const walk: WalkOrder = { components, byId: index === null }
  return { index, bounds, ranges, order: followOrder(spec.orderBy, walk, (path) => isFixed(boundsAt(path))) }
}

/** Every condition is told in full by one of the components that made the ranges. */
function isCovered({ bounds, ranges }: Candidate): boolean {
  const used = bounds.slice(0, ranges.exactComponents)
  const [any] = bounds
  return any === undefined || any.exactFor.every((_, i) => used.some((bound) => bound.exactFor[i]))
}

/** Rough worth of a path, without statistics: what narrows most, then what spares sorting. */
function score(
  { index, bounds, ranges, order }: Candidate,
  spec: QuerySpec,
  purpose: 'documents' | 'count',
): number {
  let worth = 0
  for (const { values } of bounds.slice(0, ranges.components)) worth += narrowing(values)
  // A list of ids beats everything: each is one row at most.
  if (index === null && bounds[0]?.values.every(({ point }) => point)) worth *= 4
  if (purpose === 'documents') {
    const limited = spec.limit !== null
    // Sorting what was found is cheap beside looking at everything.
    if (order.ordered) worth += limited ? 5 : 0.5
    else if (order.sortedBy > 0 && limited) worth += 3
  }
  return worth
}

/** How far the values of one component narrow the walk; 0 where they only tell a type, as most documents share it. */
function narrowing(values: PathBounds['values']): number {
  const [first] = values
  if (first === undefined) return 0
  if (values.every(({ point }) => point)) {
    // Null and booleans are what most documents have in common.
    const common = (first.lower[0] ?? 0) <= KEY_TAG.true
    return (common ? 4 : 12) / Math.min(values.length, 3)
  }
  const open = first.lower.length === 1 && first.lower[0] === KEY_TAG.null && values.at(-1)?.upper === null
  // All but something, as `!=` and `not-in` ask for.
  if (open) return 0.2
  if (values.length > 1) return 1
  const bounded = (first.lower.length > 1 ? 3 : 0) + (first.upper !== null && first.upper.length > 1 ? 3 : 0)
  return bounded === 0 && first.upper === null ? 1.5 : bounded
}

function bound(conditions: readonly Filter[], path: Path): Bounds {
  const each = conditions.map((condition) => boundsOf(condition, path))
  return {
    values: each.reduce((values, one) => intersect(values, one.values), ALL_VALUES),
    exact: each.every(({ exact }) => exact),
    exactFor: each.map(({ exact }) => exact),
  }
}

function isFixed({ values }: PathBounds): boolean {
  return values.length === 1 && values[0]?.point === true
}

/** The conditions that must all hold. */
function conjuncts(filter: Filter | null): readonly Filter[] {
  if (filter === null) return []
  return filter.op === 'and' ? filter.filters.flatMap(conjuncts) : [filter]
}

function pathsOf(filter: Filter | null): readonly Path[] {
  if (filter === null) return []
  if ('filters' in filter) return filter.filters.flatMap(pathsOf)
  return filter.op === 'not' ? pathsOf(filter.filter) : [filter.path]
}
