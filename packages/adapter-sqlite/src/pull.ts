/**
 * Pull: walks the rows of a scope in the order of their positions. Each step is one read transaction over feed and rows,
 * so nothing can be purged, or become visible behind the cursor, between what it reads (A1, A4).
 */
import {
  checkPull,
  createPage,
  cursorExpired,
  epochChanged,
  type FeedPlace,
  lensesOf,
  type Page,
  placeAfter,
  startPlace,
  stretchAt,
  tellingAt,
  throwIfAborted,
  toPullResponse,
} from '@synclayer/adapter-kit'
import type { PullRequest, PullResponse } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { Feed } from './feed.ts'
import { sequenceInbox } from './tables/sequence-inbox.ts'

// After so many rows, or positions, other work of the process gets its turn.
const ROWS_PER_STEP = 2_000
const POSITIONS_PER_STEP = 50_000

/** What a step found. */
interface Step {
  readonly feed: Feed
  readonly place: FeedPlace
  readonly more: boolean
  readonly done: boolean
}

/** Reads the feed from a cursor, or everything from none. */
export async function pull(
  backend: Backend,
  request: PullRequest,
  signal: AbortSignal,
): Promise<PullResponse> {
  checkPull(request)
  const { scope, limit } = request
  const lenses = lensesOf(request.collections)
  const names = JSON.stringify([...lenses.keys()])
  const page = createPage(lenses, limit)
  await sequenceInbox(backend, scope, signal)
  let place = await enter(backend, request, signal)
  for (;;) {
    const step = await backend.connection.read('pulling', signal, () =>
      takeStep(backend, scope, place, page, limit, names),
    )
    if (step === 'lost') {
      await loseHistory(backend, scope, place, signal)
      throw epochChanged()
    }
    backend.feeds.note(step.feed)
    place = step.place
    if (step.done) {
      const { feed, more } = step
      return toPullResponse(page, backend.cursors, { scope, feed, place, more, serverTime: backend.now() })
    }
    await nextTurn()
    throwIfAborted(signal)
  }
}

/** Where the pull begins: at the cursor, at the start of a snapshot, or at the head where only a cursor is asked for. */
async function enter(backend: Backend, request: PullRequest, signal: AbortSignal): Promise<FeedPlace> {
  if (request.cursor !== null) {
    const place = backend.cursors.decode(request.scope, request.cursor)
    if (place === null) throw epochChanged()
    return place
  }
  const { connection, feeds } = backend
  const start = (feed: Feed): FeedPlace => startPlace(feed, request.limit, (at) => feeds.markOf(feed, at))
  const found = await connection.read('pulling', signal, () => {
    const feed = feeds.find(request.scope)
    return feed === undefined || feeds.isRewound(feed) ? undefined : start(feed)
  })
  if (found !== undefined) return found
  return connection.write('beginning a feed', signal, () => {
    const feed = feeds.take(request.scope)
    return start(feeds.isRewound(feed) ? feeds.beginEpoch(feed) : feed)
  })
}

/** Begins a new epoch, unless another process just did. */
async function loseHistory(
  backend: Backend,
  scope: string,
  place: FeedPlace,
  signal: AbortSignal,
): Promise<void> {
  const { connection, feeds } = backend
  await connection.write('beginning an epoch', signal, () => {
    const feed = feeds.take(scope)
    if (feeds.standing(feed, place) === 'lost') feeds.beginEpoch(feed)
  })
}

function takeStep(
  backend: Backend,
  scope: string,
  place: FeedPlace,
  page: Page,
  limit: number,
  names: string,
): Step | 'lost' {
  const { feeds, records } = backend
  const feed = feeds.find(scope)
  if (feed === undefined) throw epochChanged()
  const standing = feeds.standing(feed, place)
  if (standing === 'lost') return 'lost'
  if (standing === 'foreign') throw epochChanged()
  if (standing === 'expired') throw cursorExpired()
  if (limit === 0) return { feed, place, more: false, done: true }

  const { from, cap } = stretchAt(feed, place)
  const to = Math.min(cap, from + POSITIONS_PER_STEP)
  const telling = tellingAt(feed, place)
  let at = from
  let rows = 0
  let more = false
  let ended = false
  while (!ended && !more && rows < ROWS_PER_STEP) {
    const wanted = page.rowsToRead()
    const chunk = records.scan(feed.feed, at, to, names, wanted)
    ended = chunk.length < wanted
    for (const row of chunk) {
      if (page.isFull) {
        more = true
        break
      }
      rows += 1
      at = row[0]
      page.add(row, telling)
    }
  }
  if (ended && !more) at = reach(backend, feed, to, cap, rows)
  const next = placeAfter(place, at, rows, (position) => feeds.markOf(feed, position))
  return { feed, place: next, more, done: more || (next.walk === undefined && at >= feed.head) }
}

/** How far a walk has come that found nothing more up to `to`: where rows are rare, up to just before the next one. */
function reach({ records }: Backend, { feed }: Feed, to: number, cap: number, rows: number): number {
  if (rows > 0 || to === cap) return to
  return Math.min(cap, (records.next(feed, to) ?? cap + 1) - 1)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
