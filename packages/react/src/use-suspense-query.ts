import type { Collection, Query, Stored } from '@synclayer/core'
import { useSyncExternalStore } from 'react'
import { documentQuestion, queryQuestion } from './questions.ts'
import type { LoadedResult } from './query-result.ts'
import type { Question } from './shared-query.ts'
import { useSharedQuery } from './use-shared-query.ts'

/**
 * As `useQuery`, but suspends until there is a result, so that `data` is always there. What fails before that goes to the
 * nearest error boundary; what fails later is in `error`. Another query suspends again: change it in a transition, or
 * give it through useDeferredValue, to keep the old result meanwhile. It never waits for the network.
 *
 * Servers have no store to read: they render the fallback of the nearest Suspense boundary, and browsers the rest.
 */
export function useSuspenseQuery<Document>(
  query: Query<Document>,
): LoadedResult<readonly Readonly<Document>[]>
export function useSuspenseQuery<Document, Input>(
  collection: Collection<Document, Input>,
): LoadedResult<readonly Readonly<Stored<Document>>[]>
export function useSuspenseQuery(
  asked: Query<unknown> | Collection<unknown>,
): LoadedResult<readonly unknown[]> {
  return useLoaded(queryQuestion(asked)) as LoadedResult<readonly unknown[]>
}

/** As `useDocument`, but suspends until it is known: `data` is undefined only where there is no such document. */
export function useSuspenseDocument<Document, Input>(
  collection: Collection<Document, Input>,
  id: string,
): LoadedResult<Readonly<Stored<Document>> | undefined> {
  return useLoaded(documentQuestion(collection, id))
}

function useLoaded<Data>(question: Question<Data>): LoadedResult<Data> {
  const shared = useSharedQuery(question)
  // Without a snapshot for servers React gives up there, up to the nearest boundary, and begins anew in the browser.
  const result = useSyncExternalStore(shared.subscribe, shared.read)
  // React up to 18 has no `use`; it and all later ones take a promise that is thrown.
  // oxlint-disable-next-line typescript/only-throw-error
  if (result.loading) throw shared.settled()
  if (result.data === undefined && result.error !== undefined) throw result.error
  return result as LoadedResult<Data>
}
