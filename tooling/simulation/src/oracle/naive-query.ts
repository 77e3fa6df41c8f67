/** What queries must give, from the rows of a store and by the plainest code there is. */
import type { RecordRow } from '@synclayer/core/storage'
import { documentIn, type Marked } from '../scenario/collections.ts'

/** The query of a window: documents of at least so many edits, most edits first, and only the first few. */
export const WINDOW = { least: 2, offset: 1, limit: 2 } as const

/** All documents, by rising id. */
export function allOf(rows: readonly RecordRow[]): readonly Marked[] {
  return rows.flatMap(({ document }) => documentIn(document) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Those of the window. */
export function windowOf(rows: readonly RecordRow[]): readonly Marked[] {
  const { least, offset, limit } = WINDOW
  const found = allOf(rows).filter(({ n = 0 }) => n >= least)
  // The sort is stable: equal ones stay in the order of their ids.
  return found.sort((a, b) => b.n! - a.n!).slice(offset, offset + limit)
}
