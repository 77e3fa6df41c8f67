/** What components ask, in a form that can be recognised and shared. */
import type { Collection, LiveQuery, Query, Stored } from '@synclayer/core'
import type { Question } from './shared-query.ts'

/** A query, or a collection for all of its documents. */
export function queryQuestion(asked: Query<unknown> | Collection<unknown>): Question<readonly unknown[]> {
  const query = 'spec' in asked ? asked : asked.offset(0)
  return { owner: query.source, key: query.key, watch: () => query.watch() }
}

export function documentQuestion<Document, Input>(
  collection: Collection<Document, Input>,
  id: string,
): Question<Readonly<Stored<Document>>> {
  // A live query's `current` is undefined where there is no document, as results have it.
  const watch = (): LiveQuery<Readonly<Stored<Document>>> =>
    collection.watch(id) as LiveQuery<Readonly<Stored<Document>>>
  return { owner: collection, key: id, watch }
}
