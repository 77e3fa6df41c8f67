/** The part that all query hooks share: which live query, and the result that is shown. */
import { useEffect, useMemo, useRef } from 'react'
import type { QueryResult } from './query-result.ts'
import { NO_QUERY, type Question, sharedQuery, type SharedQuery } from './shared-query.ts'

/** The same object until something else is asked, however often the question is put anew. */
export function useSharedQuery<Data>(question: Question<Data> | null): SharedQuery<Data> {
  const owner = question?.owner
  const key = question?.key
  // `question` itself is a new object in every render; owner and key say all of it.
  return useMemo(() => (question === null ? NO_QUERY : sharedQuery(question)), [owner, key])
}

/** While a query has no result, shows that of the query before, where it asked the same owner. */
export function useKeptResult<Data>(owner: object | null, result: QueryResult<Data>): QueryResult<Data> {
  const shown = useRef<{ readonly owner: object; readonly data: Data } | null>(null)
  const kept = result.data === undefined && shown.current?.owner === owner ? shown.current.data : undefined
  useEffect(() => {
    if (owner === null) shown.current = null
    else if (result.data !== undefined) shown.current = { owner, data: result.data }
  }, [owner, result])
  return useMemo(() => (kept === undefined ? result : { ...result, data: kept, stale: true }), [result, kept])
}
