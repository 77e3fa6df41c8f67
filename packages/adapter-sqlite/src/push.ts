/**
 * Push: one write transaction for a few hundred mutations. The single writer of SQLite makes positions a plain counter:
 * they are given in the order of commits, without gaps, and become visible with what they name (A1).
 */
import {
  applyAtOnce,
  checkPush,
  createPushPlan,
  type FeedPlace,
  prepareMutation,
  pushRefusal,
  rowToStored,
  slicesOf,
  type Unit,
  unitsOf,
} from '@synclayer/adapter-kit'
import {
  isSyncError,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushResult,
} from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { Feed } from './feed.ts'

// A transaction holds the write lock, and the event loop; what it saves is one flush to disk for each of its mutations.
const MUTATIONS_PER_TRANSACTION = 500

/** Tries to apply the mutations. Rejects only where nothing is known of any of them (A8). */
export async function push(
  backend: Backend,
  request: PushRequest,
  signal: AbortSignal,
): Promise<PushResponse> {
  checkPush(request)
  const place = backend.cursors.decode(request.scope, request.cursor)
  const now = backend.now()
  const prepared = request.mutations.map((mutation) =>
    prepareMutation(mutation, request.clientId, now, backend.maxRecordBytes),
  )
  const results: PushResult[] = []
  for (const slice of slicesOf(unitsOf(prepared), MUTATIONS_PER_TRANSACTION)) {
    try {
      results.push(...(await pushSlice(backend, request, place, slice, signal)))
    } catch (error) {
      if (results.length === 0 || !isSyncError(error)) throw error
      const answered = new Set(results.map(({ id }) => id))
      const rest = request.mutations.filter(({ id }) => !answered.has(id))
      results.push(...rest.map(({ id }): PushResult => ({ id, status: 'retry', code: error.code })))
      break
    }
  }
  return { results, serverTime: backend.now() }
}

async function pushSlice(
  backend: Backend,
  request: PushRequest,
  place: FeedPlace | null,
  slice: readonly Unit[],
  signal: AbortSignal,
): Promise<readonly PushResult[]> {
  const { connection, feeds, records, results: remembered, maxRecordBytes } = backend
  const { clientId, fields = {} } = request
  const { feed, mark, results, moved } = await connection.write('pushing', signal, () => {
    const { feed, refusal } = admit(backend, request, place)
    const mark = feeds.markToWrite(feed)
    const plan = createPushPlan({
      feed,
      maxRecordBytes,
      mark: mark.name,
      lookups: {
        answer: (client, n) => remembered.recall(feed.feed, client, n),
        head: (collection, id) => records.head(feed.feed, collection, id),
        record: (collection, id) => {
          const row = records.row(feed.feed, collection, id)
          return row === undefined ? undefined : rowToStored(row)
        },
      },
    })
    const results = slice.flatMap((unit) => applyAtOnce(plan, { clientId, fields, refusal }, unit))
    const storedAt = backend.now()
    for (const record of plan.recordWrites) records.write(feed.feed, record, storedAt)
    for (const answer of plan.answerWrites) remembered.remember(feed.feed, answer, storedAt)
    const moved = plan.head !== feed.head
    if (moved && mark.isNew) feeds.saveMark(feed, mark)
    if (moved) feeds.advance(feed, plan.head, plan.records)
    remembered.settle(feed.feed, clientId, request.settled)
    return { feed: { ...feed, head: plan.head, records: plan.records }, mark, results, moved }
  })
  feeds.note(feed, moved ? mark : undefined)
  if (moved) backend.committed(request.scope)
  return results
}

/** The feed, and why nothing new may be applied to it, if so. */
function admit(
  { feeds }: Backend,
  request: PushRequest,
  place: FeedPlace | null,
): { readonly feed: Feed; readonly refusal: PushOutcome | undefined } {
  const found = feeds.take(request.scope)
  const standing = feeds.standing(found, place)
  const feed = standing === 'lost' ? feeds.beginEpoch(found) : found
  return { feed, refusal: pushRefusal(feed, standing, request.epoch) }
}
