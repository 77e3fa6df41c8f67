import type { PurgeReport } from '../../ports/adapter.ts'
import type { FeedView } from './pull.ts'

/**
 * Forgets tombstones from before that time, the floor first, and results from before twice that. `isHeld`: a transaction
 * that is not visible yet is about to write the record of that name.
 */
export function purgeFeed(
  { feed, horizon }: FeedView,
  isHeld: (name: string) => boolean,
  before: number,
  now: number,
): PurgeReport {
  let tombstones = 0
  let results = 0
  // What nobody could have read yet stays.
  const old = [...feed.records].filter(
    ([name, { record, storedAt, position }]) =>
      record.deleted && storedAt < before && position <= horizon && !isHeld(name),
  )
  for (const [, { position }] of old) feed.floor = Math.max(feed.floor, position)
  for (const [name] of old) {
    feed.records.delete(name)
    tombstones += 1
  }
  // A3: results are kept twice as long as tombstones.
  for (const memory of feed.results.values()) {
    for (const [n, { at }] of memory) {
      if (at >= 2 * before - now) continue
      memory.delete(n)
      results += 1
    }
  }
  return { tombstones, results }
}
