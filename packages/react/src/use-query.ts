import type { Collection, Query, Stored } from '@synclayer/core'
import { useSyncExternalStore } from 'react'
import { documentQuestion, queryQuestion } from './questions.ts'
import type { QueryResult } from './query-result.ts'
import { useKeptResult, useSharedQuery } from './use-shared-query.ts'

/**
 * The documents a query gives, kept up to date; a collection stands for all of its documents, and null asks nothing.
 *
 * The query may be made in the render: components that ask the same share one live query, and a query that says the same
 * as before changes nothing. While another one has no result yet, that of the query before is shown, marked `stale`.
 * Nothing is thrown for what goes wrong; it is in `error`.
 */
export function useQuery<Document>(query: Query<Document> | null): QueryResult<readonly Readonly<Document>[]>
export function useQuery<Document, Input>(
  collection: Collection<Document, Input> | null,
): QueryResult<readonly Readonly<Stored<Document>>[]>
export function useQuery(
  asked: Query<unknown> | Collection<unknown> | null,
): QueryResult<readonly unknown[]> {
  const question = asked === null ? null : queryQuestion(asked)
  const shared = useSharedQuery(question)
  const result = useSyncExternalStore(shared.subscribe, shared.read, shared.readBefore)
  return useKeptResult(question?.owner ?? null, result)
}

/**
 * One document by its id, kept up to date. `data` is undefined while it loads, and where there is none; `loading` tells
 * the two apart. With null, as id or as collection, nothing is asked.
 */
export function useDocument<Document, Input>(
  collection: Collection<Document, Input> | null,
  id: string | null | undefined,
): QueryResult<Readonly<Stored<Document>>> {
  const shared = useSharedQuery(collection === null || id == null ? null : documentQuestion(collection, id))
  return useSyncExternalStore(shared.subscribe, shared.read, shared.readBefore)
}
