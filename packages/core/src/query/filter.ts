/** Writing filters by hand: `and`, `or`, `not` over filters and short tuples, and the `where` objects of sync filters. */
import { isPlainObject } from '../document/plain.ts'
import type { Filter, NullOperator, ValueOperator } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import { isOperator, parseCondition, parseFilter, parsePath, unknownOperator } from './parse-filter.ts'
import { describeType, invalidOption } from './parse-json.ts'

/** A condition in short: `['tags', 'array-contains', 'work']` or `['deletedAt', 'is-null']`. */
export type FilterTuple =
  | readonly [path: string | Path, op: ValueOperator, value: unknown]
  | readonly [path: string | Path, op: NullOperator]

/** What `and`, `or`, `not` and `where` take. */
export type FilterInput = Filter | FilterTuple

/** Fields and the values they must equal: `{ userId: '123', archived: false }`. Keys are dotted paths. */
export type WhereObject = Readonly<Record<string, unknown>>

/** Matches where all of the conditions do; with none, always. */
export function and(...filters: readonly FilterInput[]): Filter {
  return { op: 'and', filters: filters.map((filter, i) => toFilter(filter, `and[${i}]`)) }
}

/** Matches where any of the conditions does; with none, never. */
export function or(...filters: readonly FilterInput[]): Filter {
  return { op: 'or', filters: filters.map((filter, i) => toFilter(filter, `or[${i}]`)) }
}

/** Matches exactly where the condition does not (Q2). */
export function not(filter: FilterInput): Filter {
  return { op: 'not', filter: toFilter(filter, 'not') }
}

/** A filter or a tuple as a checked filter. Throws INVALID_OPTION. */
export function toFilter(input: unknown, at = 'filter'): Filter {
  if (!Array.isArray(input)) return parseFilter(input, at)
  const [path, op, value] = input as readonly unknown[]
  if (!isOperator(op)) throw invalidOption(`${at}[1]`, unknownOperator(op))
  if (input.length > 3)
    throw invalidOption(at, `has ${input.length} parts; a condition is [path, operator, value]`)
  return parseCondition(parsePath(path, `${at}[0]`), op, value, `${at}[2]`)
}

/**
 * What may be said in a `where` (a filter, a tuple, or an object of fields and the values they must equal) as a checked
 * filter. An object is a filter where it has a string `op` beside `filters`, `filter` or `path`. Throws INVALID_OPTION.
 */
export function normalizeWhere(where: unknown, at = 'where'): Filter {
  if (Array.isArray(where)) return toFilter(where, at)
  if (!isPlainObject(where)) {
    throw invalidOption(at, `must be a filter, a tuple or an object of fields, not ${describeType(where)}`)
  }
  if (looksLikeFilter(where)) return parseFilter(where, at)
  const filters = Object.entries(where).map(([key, value]) =>
    parseCondition(parsePath(key, `${at}.${key}`), '==', value, `${at}.${key}`),
  )
  return filters.length === 1 ? (filters[0] as Filter) : { op: 'and', filters }
}

function looksLikeFilter(where: WhereObject): boolean {
  if (!Object.hasOwn(where, 'op') || typeof where['op'] !== 'string') return false
  return ['filters', 'filter', 'path'].some((key) => Object.hasOwn(where, key))
}
