/**
 * Pull: walks the rows of a scope in the order of their positions. Each step is one read transaction over feed, marks and
 * rows, so nothing can be purged, or become visible behind the cursor, between what it reads (A1, A4).
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
import type { Transaction } from './database.ts'
import { type Feed, markAt } from './feed-rows.ts'
import { type OpenFeed, standing } from './feeds.ts'
import { type Branch, narrow, wholeWalk } from './narrowing.ts'
import { nextPosition, scanRecords } from './record-rows.ts'
import { refuseReplica } from './replica.ts'
import { sequenceInbox } from './tables/sequence-inbox.ts'

// A transaction that stays open keeps the server from clearing away old rows.
const ROWS_PER_STEP = 2_000
const POSITIONS_PER_STEP = 200_000
// Each read is a way to the server and back.
const ROWS_PER_READ = { first: 100, least: 8, most: 2_000, bytes: 2 * 1024 * 1024 }

/** What a pull asks for, and what it has so far. */
interface Pulling {
  readonly limit: number
  readonly page: Page
  /** Over all rows of the collections. */
  readonly branches: readonly Branch[]
  /** Over those that may match, where indexes help: for snapshots that leave out the rest. */
  readonly narrowed: readonly Branch[] | undefined
}

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
  const collections = [
    ...new Map(request.collections.map((collection) => [collection.name, collection])).values(),
  ]
  const pulling: Pulling = {
    limit,
    page: createPage(lenses, limit, ROWS_PER_READ),
    branches: wholeWalk([...lenses.keys()]),
    narrowed: narrow(collections, backend.indexes),
  }
  const { database, feeds, cursors } = backend
  await sequenceInbox(backend, scope, signal)
  let place = await enter(backend, request, signal)
  for (;;) {
    const seen = feeds.memory.seen(scope)
    const step = await database.read('pulling', signal, async (session) => {
      const open = await feeds.find(session, scope, seen, place.position)
      return open === undefined ? 'foreign' : takeStep(session, open, place, pulling)
    })
    if (step === 'lost') await loseHistory(backend, scope, place, signal)
    if (step === 'lost' || step === 'foreign') throw epochChanged()
    feeds.memory.note(scope, step.feed)
    place = step.place
    if (step.done) {
      const end = { scope, feed: step.feed, place, more: step.more, serverTime: backend.now() }
      return toPullResponse(pulling.page, cursors, end)
    }
    throwIfAborted(signal)
  }
}

/** Where the pull begins: at the cursor, at the start of a snapshot, or at the head where only a cursor is asked for. */
async function enter(backend: Backend, request: PullRequest, signal: AbortSignal): Promise<FeedPlace> {
  const { scope, cursor, limit } = request
  const { database, feeds } = backend
  if (cursor !== null) {
    const place = backend.cursors.decode(scope, cursor)
    if (place === null) throw epochChanged()
    return place
  }
  const seen = feeds.memory.seen(scope)
  const start = ({ feed, marks }: OpenFeed): FeedPlace =>
    startPlace(feed, limit, (position) => markAt(marks, position) as string)
  const found = await database.read('pulling', signal, async (session) => {
    if (limit > 0) await refuseReplica(session)
    const open = await feeds.find(session, scope, seen, Number.MAX_SAFE_INTEGER)
    return open === undefined || open.isRewound ? undefined : start(open)
  })
  if (found !== undefined) return found
  return database.write('beginning a feed', signal, async (session) => {
    const open = await feeds.take(session, scope, seen, Number.MAX_SAFE_INTEGER)
    return start(open.isRewound ? await feeds.beginEpoch(session, open) : open)
  })
}

/** Begins a new epoch, unless another process just did. */
async function loseHistory(
  { database, feeds }: Backend,
  scope: string,
  place: FeedPlace,
  signal: AbortSignal,
): Promise<void> {
  const seen = feeds.memory.seen(scope)
  await database.write('beginning an epoch', signal, async (session) => {
    await refuseReplica(session)
    const open = await feeds.take(session, scope, seen, place.position)
    if (standing(open, place) === 'lost') await feeds.beginEpoch(session, open)
  })
}

async function takeStep(
  session: Transaction,
  open: OpenFeed,
  place: FeedPlace,
  { limit, page, branches, narrowed }: Pulling,
): Promise<Step | 'lost' | 'foreign'> {
  const { feed, marks } = open
  const stands = standing(open, place)
  if (stands === 'expired') throw cursorExpired()
  if (stands !== 'good') return stands
  if (limit === 0) return { feed, place, more: false, done: true }

  const { from, cap } = stretchAt(feed, place)
  const to = Math.min(cap, from + POSITIONS_PER_STEP)
  const telling = tellingAt(feed, place)
  const walks = telling.snapshot && !telling.tombstones ? (narrowed ?? branches) : branches
  let at = from
  let rows = 0
  let more = false
  let ended = from >= to
  while (!ended && !more && rows < ROWS_PER_STEP) {
    const wanted = page.rowsToRead()
    const chunk = await scanRecords(session, feed.feed, { from: at, to, limit: wanted }, walks)
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
  if (ended && !more) at = rows > 0 || to === cap ? to : await reach(session, feed, to, cap)
  const next = placeAfter(place, at, rows, (position) => markAt(marks, position) as string)
  return { feed, place: next, more, done: more || (next.walk === undefined && at >= feed.head) }
}

/** How far a walk has come that found no row up to `to`: where rows are rare, up to just before the next one. */
async function reach(session: Transaction, { feed }: Feed, to: number, cap: number): Promise<number> {
  return Math.min(cap, ((await nextPosition(session, feed, to)) ?? cap + 1) - 1)
}
