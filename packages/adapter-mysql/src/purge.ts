import { type PurgeReport, type PurgeRequest, SyncError } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { Transaction } from './database.ts'
import { type Feed, lockFeed } from './feed-rows.ts'
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
  await inFeed(backend, scope, 'raising the floor', (session, feed) => raiseFloor(session, feed, before))
  const tombstones = await removeInSteps(backend, scope, async (session, { feed, floor }) => {
    const removed = await session.run(
      'DELETE FROM synclayer_record WHERE feed = ? AND deleted_at < ? AND position <= ? LIMIT ?',
      [feed, before, floor, ROWS_PER_TRANSACTION],
    )
    await session.run('UPDATE synclayer_feed SET records = records - ? WHERE feed = ?', [removed, feed])
    return removed
  })
  // A3: results are kept twice as long as tombstones.
  const resultsBefore = 2 * before - backend.now()
  const results = await removeInSteps(backend, scope, (session, { feed }) =>
    session.run('DELETE FROM synclayer_result WHERE feed = ? AND stored_at < ? LIMIT ?', [
      feed,
      resultsBefore,
      ROWS_PER_TRANSACTION,
    ]),
  )
  return { tombstones, results }
}

async function raiseFloor(session: Transaction, { feed, floor }: Feed, before: number): Promise<number> {
  const [row] = await session.rows(
    'SELECT MAX(position) FROM synclayer_record WHERE feed = ? AND deleted_at < ?',
    [feed, before],
  )
  const risen = Math.max(floor, Number(row?.[0] ?? 0))
  if (risen === floor) return 0
  await session.run('UPDATE synclayer_feed SET floor = ? WHERE feed = ?', [risen, feed])
  // Of the marks at or below the floor, cursors still ask for the one the floor itself was written under.
  const [mark] = await session.rows(
    'SELECT MAX(position) FROM synclayer_mark WHERE feed = ? AND position < ?',
    [feed, risen],
  )
  return session.run('DELETE FROM synclayer_mark WHERE feed = ? AND position < ?', [feed, mark?.[0] ?? 0])
}

/** A few rows to a transaction, so that writers get in between. */
async function removeInSteps(
  backend: Backend,
  scope: string,
  remove: (session: Transaction, feed: Feed) => Promise<number>,
): Promise<number> {
  let removed = 0
  for (;;) {
    const count = await inFeed(backend, scope, 'purging', remove)
    removed += count
    if (count < ROWS_PER_TRANSACTION) return removed
  }
}

/** Does something to a feed that is locked; nothing where there is none. */
async function inFeed(
  { database }: Backend,
  scope: string,
  doing: string,
  work: (session: Transaction, feed: Feed) => Promise<number>,
): Promise<number> {
  return database.write(doing, null, async (session) => {
    const feed = await lockFeed(session, scope)
    return feed === undefined ? 0 : work(session, feed)
  })
}
