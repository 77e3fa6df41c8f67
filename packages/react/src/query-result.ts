/** What the query hooks give. */
import type { SyncError } from '@synclayer/core'

/** A result as a component shows it: the same object until something in it changes. */
export interface QueryResult<Data> {
  /**
   * The latest result, immutable; documents that did not change keep their identity. Undefined until there is one, and
   * for a document also while there is none of that id.
   */
  readonly data: Data | undefined
  /** True until the first result of this query, or the first error. */
  readonly loading: boolean
  /** True while `data` is still that of the query before, because this one has no result yet. */
  readonly stale: boolean
  /** Whether the first sync of the data is done: until then more may come. False while `loading`. */
  readonly complete: boolean
  /** Why `data` cannot be kept up to date, where that is so. */
  readonly error: SyncError | undefined
}

/** A result that is there from the first render on. */
export interface LoadedResult<Data> extends QueryResult<Data> {
  readonly data: Data
  readonly loading: false
  readonly stale: false
}

/** Of a query that has not answered yet. */
export const LOADING: QueryResult<never> = {
  data: undefined,
  loading: true,
  stale: false,
  complete: false,
  error: undefined,
}

/** Where nothing is asked. */
export const NOTHING_ASKED: QueryResult<never> = { ...LOADING, loading: false }
