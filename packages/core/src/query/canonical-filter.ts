/** One form for filters that say the same, so that equal queries can be recognised and shared. */
import type { Filter } from '../protocol/filter.ts'
import { canonicalJson } from '../shared/canonical-json.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import type { Json } from '../shared/json.ts'
import type { QuerySpec } from './query-spec.ts'

/**
 * A filter with the same meaning in which nested `and`s and `or`s are flat, conditions and list members are sorted and
 * occur once, and a double `not` is gone.
 */
export function canonicalFilter(filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const op = filter.op
      const parts = filter.filters.map(canonicalFilter)
      const flat = parts.flatMap((part) => (part.op === op ? part.filters : [part]))
      const filters = distinct(flat as readonly Json[]) as unknown as readonly Filter[]
      return filters.length === 1 ? (filters[0] as Filter) : { op, filters }
    }
    case 'not': {
      const inner = canonicalFilter(filter.filter)
      return inner.op === 'not' ? inner.filter : { op: 'not', filter: inner }
    }
    case 'in':
    case 'not-in':
    case 'array-contains-any':
      return Array.isArray(filter.value) ? { ...filter, value: distinct(filter.value) } : filter
    default:
      return filter
  }
}

/**
 * A text that is equal for specs with the same meaning as far as their structure tells: the order of conditions, of
 * list members and of object keys does not matter, nor do repeated conditions and order paths.
 */
export function querySpecKey(spec: QuerySpec): string {
  const seen = new Set<string>()
  const order: string[][] = []
  for (const { path, direction } of spec.orderBy) {
    const key = JSON.stringify(path)
    if (seen.has(key)) continue
    seen.add(key)
    order.push([direction, ...path])
  }
  const filter = spec.filter === null ? null : canonicalFilter(spec.filter)
  return canonicalJson([filter as Json, order, spec.offset, spec.limit])
}

/** The members sorted by their text, each once. */
function distinct(values: readonly Json[]): readonly Json[] {
  const byText = new Map(values.map((value) => [canonicalJson(value), value]))
  return [...byText].sort(([a], [b]) => compareCodePoints(a, b)).map(([, value]) => value)
}
