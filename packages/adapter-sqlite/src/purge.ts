import { type PurgeReport, type PurgeRequest, SyncError } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { checkScope } from '@synclayer/adapter-kit'

const ROWS_PER_TRANSACTION = 1_000

/**
 * Forgets tombstones from before a time, and results from before twice as long ago.
 *
 * The floor rises first, in a transaction of its own: from then on no cursor that still needs the tombstones is served,
 * whatever happens to the rest (A4).
 */
export async function purge(backend: Backend, { scope, before }: PurgeRequest): Promise<PurgeReport> {
  checkScope(scope)
  if (!Number.isFinite(before)) throw new SyncError('PROTOCOL', "The request's `before` is not a time")
  const { connection } = backend
  const { database } = connection
  const feed = await connection.write('raising the floor', null, () => {
    const found = backend.feeds.find(scope)
    if (found !== undefined) raiseFloor(backend, found.feed, before)
    return found?.feed
  })
  if (feed === undefined) return { tombstones: 0, results: 0 }
  const tombstones = await removeInSteps(backend, () => {
    const removed = database
      .prepare(
        `DELETE FROM synclayer_record WHERE key IN (
           SELECT key FROM synclayer_record WHERE feed = ? AND deleted = 1 AND stored_at < ?
             AND key <= (? << 40) + (SELECT floor FROM synclayer_feed WHERE feed = ?) LIMIT ?)`,
      )
      .run(feed, before, feed, feed, ROWS_PER_TRANSACTION).changes
    database.prepare(`UPDATE synclayer_feed SET records = records - ? WHERE feed = ?`).run(removed, feed)
    return removed
  })
  // A3: results are kept twice as long as tombstones.
  const resultsBefore = 2 * before - backend.now()
  const results = await removeInSteps(
    backend,
    () =>
      database
        .prepare(
          `DELETE FROM synclayer_result WHERE feed = ? AND (client, last) IN (
             SELECT client, last FROM synclayer_result WHERE feed = ? AND stored_at < ? LIMIT ?)`,
        )
        .run(feed, feed, resultsBefore, ROWS_PER_TRANSACTION).changes,
  )
  return { tombstones, results }
}

function raiseFloor({ connection: { database } }: Backend, feed: number, before: number): void {
  const highest = database
    .prepare(
      `SELECT max(key) & 1099511627775 FROM synclayer_record INDEXED BY synclayer_tombstone
       WHERE feed = ? AND deleted = 1 AND stored_at < ?`,
    )
    .pluck()
    .safeIntegers(false)
    .get(feed, before) as number | null
  if (highest === null) return
  database.prepare(`UPDATE synclayer_feed SET floor = max(floor, ?) WHERE feed = ?`).run(highest, feed)
  // Of the marks at or below the floor, cursors still ask for the one the floor itself was written under.
  database
    .prepare(
      `DELETE FROM synclayer_mark WHERE feed = ? AND position < (
         SELECT max(position) FROM synclayer_mark
         WHERE feed = ? AND position < (SELECT floor FROM synclayer_feed WHERE feed = ?))`,
    )
    .run(feed, feed, feed)
}

/** A few rows to a transaction, so that writers get in between. */
async function removeInSteps({ connection }: Backend, remove: () => number): Promise<number> {
  let removed = 0
  for (;;) {
    const count = await connection.write('purging', null, remove)
    removed += count
    if (count < ROWS_PER_TRANSACTION) return removed
    await new Promise((resolve) => setImmediate(resolve))
  }
}
