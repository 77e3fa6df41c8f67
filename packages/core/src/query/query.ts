/** The query builder: an immutable value that says what is asked, and hands it to whoever answers. */
import type { Filter, Operator } from '../protocol/filter.ts'
import { querySpecKey } from './canonical-filter.ts'
import { normalizeWhere, toFilter, type FilterInput } from './filter.ts'
import type { LiveQuery } from './live-query.ts'
import { parsePath } from './parse-filter.ts'
import { describeType, invalidOption } from './parse-json.ts'
import { EVERYTHING, type Direction, type QuerySpec } from './query-spec.ts'
import type {
  DottedPath,
  KeyPath,
  OperandArguments,
  OperatorFor,
  ValueAt,
  WhereFields,
} from './typed-paths.ts'

/** Answers queries. The client gives one to each builder; specs it gets are checked. */
export interface QueryExecutor<T> {
  get(spec: QuerySpec): Promise<Readonly<T>[]>
  /** How many documents `get` would give, offset and limit included. */
  count(spec: QuerySpec): Promise<number>
  watch(spec: QuerySpec): LiveQuery<readonly Readonly<T>[]>
}

/**
 * A query over one collection. Every refinement gives a new query and changes nothing (Q7); nothing is read until
 * `get`, `first`, `count` or `watch`. Several `where` must all hold. Mistakes throw INVALID_OPTION at once.
 */
export class Query<in out T> {
  readonly #executor: QueryExecutor<T>
  #key: string | undefined
  /** What is asked, as plain JSON. */
  readonly spec: QuerySpec

  constructor(executor: QueryExecutor<T>, spec: QuerySpec = EVERYTHING) {
    this.#executor = executor
    this.spec = spec
  }

  /** Who is asked: the same object for all queries of one collection of one client, and for no others. */
  get source(): object {
    return this.#executor
  }

  /** A text that is equal for queries of one source that ask the same, in whatever order it was written. */
  get key(): string {
    return (this.#key ??= querySpecKey(this.spec))
  }

  /** Adds a condition on a dotted path: `where('user.name', 'starts-with', 'A')`, `where('due', 'is-null')`. */
  where<P extends DottedPath<T>, O extends OperatorFor<ValueAt<T, P>>>(
    path: P,
    op: O,
    ...value: OperandArguments<ValueAt<T, P>, O>
  ): Query<T>
  /** The same with an array of keys, which may hold dots: `where(['a.b', 'c'], '==', 1)`. */
  where<const P extends readonly string[], O extends OperatorFor<ValueAt<T, P>>>(
    path: P & KeyPath<T, P>,
    op: O,
    ...value: OperandArguments<ValueAt<T, P>, O>
  ): Query<T>
  /** Adds a filter made by `and`, `or`, `not`, a tuple, or fields with the values they must equal. */
  where(filter: FilterInput | WhereFields<T>): Query<T>
  where(...args: readonly unknown[]): Query<T> {
    return this.#with({ filter: conjunction(this.spec.filter, parseArguments(args)) })
  }

  /** Orders by a path; further calls order what is equal so far, and rising ids decide at last (Q4). */
  orderBy<P extends DottedPath<T>>(path: P, direction?: Direction): Query<T>
  orderBy<const P extends readonly string[]>(path: P & KeyPath<T, P>, direction?: Direction): Query<T>
  orderBy(path: unknown, direction: unknown = 'asc'): Query<T> {
    if (direction !== 'asc' && direction !== 'desc') {
      throw invalidOption('orderBy.direction', `must be 'asc' or 'desc'`)
    }
    const term = { path: parsePath(path, 'orderBy.path'), direction } as const
    return this.#with({ orderBy: [...this.spec.orderBy, term] })
  }

  /** Leaves out the first `count` documents. */
  offset(count: number): Query<T> {
    return this.#with({ offset: parseCount(count, 'offset') })
  }

  /** Gives at most `count` documents; 0 gives none. */
  limit(count: number): Query<T> {
    return this.#with({ limit: parseCount(count, 'limit') })
  }

  /** The documents, in order. */
  get(): Promise<Readonly<T>[]> {
    return this.#executor.get(this.spec)
  }

  /** The first document, undefined where there is none. */
  async first(): Promise<Readonly<T> | undefined> {
    const limit = Math.min(this.spec.limit ?? 1, 1)
    const [document] = await this.#executor.get({ ...this.spec, limit })
    return document
  }

  /** How many documents `get` would give, offset and limit included. */
  count(): Promise<number> {
    return this.#executor.count(this.spec)
  }

  /** The documents, kept up to date until closed. */
  watch(): LiveQuery<readonly Readonly<T>[]> {
    return this.#executor.watch(this.spec)
  }

  #with(change: Partial<QuerySpec>): Query<T> {
    return new Query<T>(this.#executor, { ...this.spec, ...change })
  }
}

function parseArguments(args: readonly unknown[]): Filter {
  if (args.length === 1) return normalizeWhere(args[0])
  const [path, op, ...value] = args as readonly [unknown, Operator, ...unknown[]]
  // Written out for messages that speak of arguments and not of tuples.
  const keys = parsePath(path, 'where.path')
  return toFilter([keys, op, ...value], 'where')
}

/** Flat, so that any number of `where` calls stays one level deep. */
function conjunction(existing: Filter | null, added: Filter): Filter {
  if (existing === null) return added
  const before = existing.op === 'and' ? existing.filters : [existing]
  const after = added.op === 'and' ? added.filters : [added]
  return { op: 'and', filters: [...before, ...after] }
}

function parseCount(count: unknown, at: string): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count + 0
  const actual = typeof count === 'number' ? String(count) : describeType(count)
  throw invalidOption(at, `must be a whole number of 0 or more, not ${actual}`)
}
