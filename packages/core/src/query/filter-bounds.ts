/** What a filter says of the value at one path. */
import type { Filter, ValueOperator } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import type { Json } from '../shared/json.ts'
import { KEY_TAG } from './index-key.ts'
import * as intervals from './interval-set.ts'
import { samePath } from './value-at.ts'

/**
 * `values` holds every value that a matching document can have at the path. `exact`: and a document with such a value
 * matches, so the filter speaks of nothing else.
 */
export interface PathBounds {
  readonly values: intervals.IntervalSet
  readonly exact: boolean
}

const UNBOUNDED: PathBounds = { values: intervals.ALL_VALUES, exact: false }

/** Narrows the values at `path` as far as the filter does. */
export function boundsOf(filter: Filter, path: Path): PathBounds {
  switch (filter.op) {
    case 'and':
      return combine(filter.filters, path, intervals.ALL_VALUES, intervals.intersect)
    case 'or':
      return combine(filter.filters, path, intervals.NO_VALUES, intervals.union)
    case 'not': {
      const inner = boundsOf(filter.filter, path)
      // The complement of a superset would lose matches.
      return inner.exact ? { values: intervals.complement(inner.values), exact: true } : UNBOUNDED
    }
    case 'is-null':
    case 'is-not-null': {
      if (!samePath(filter.path, path)) return UNBOUNDED
      const missing = intervals.pointOf(null)
      return { values: filter.op === 'is-null' ? missing : intervals.complement(missing), exact: true }
    }
    default:
      return samePath(filter.path, path) ? operatorBounds(filter.op, filter.value) : UNBOUNDED
  }
}

/** All of an empty `and`, nothing of an empty `or`: both are exact for any path. */
function combine(
  filters: readonly Filter[],
  path: Path,
  start: intervals.IntervalSet,
  join: (a: intervals.IntervalSet, b: intervals.IntervalSet) => intervals.IntervalSet,
): PathBounds {
  let values = start
  let exact = true
  for (const filter of filters) {
    const bounds = boundsOf(filter, path)
    values = join(values, bounds.values)
    exact &&= bounds.exact
  }
  return { values, exact }
}

function operatorBounds(op: ValueOperator, operand: Json): PathBounds {
  const list = Array.isArray(operand) ? (operand as readonly Json[]) : []
  const exactly = (values: intervals.IntervalSet): PathBounds => ({ values, exact: true })
  const within = (values: intervals.IntervalSet): PathBounds => ({ values, exact: false })
  const sameType = (values: intervals.IntervalSet): PathBounds =>
    exactly(intervals.intersect(intervals.typeOf(operand), values))
  switch (op) {
    case '==':
      return exactly(intervals.pointOf(operand))
    case '!=':
      return exactly(intervals.complement(intervals.pointOf(operand)))
    case 'in':
      return exactly(intervals.pointsOf(list))
    case 'not-in':
      return exactly(intervals.complement(intervals.pointsOf(list)))
    case '<':
      return sameType(intervals.below(operand, false))
    case '<=':
      return sameType(intervals.below(operand, true))
    case '>':
      return sameType(intervals.above(operand, false))
    case '>=':
      return sameType(intervals.above(operand, true))
    case 'starts-with':
      return exactly(intervals.stringsWithPrefix(operand as string))
    case 'contains':
    case 'ends-with':
      return within(intervals.tagsOf(KEY_TAG.string, KEY_TAG.string))
    case 'array-contains':
      return within(intervals.tagsOf(KEY_TAG.array, KEY_TAG.array))
    case 'array-contains-any':
      return within(list.length === 0 ? intervals.NO_VALUES : intervals.tagsOf(KEY_TAG.array, KEY_TAG.array))
  }
}
