/**
 * Pull: walks the rows of a scope in the order of their positions. Each step is one read transaction over feed and rows,
 * so nothing can be purged, or become visible behind the cursor, between what it reads (A1, A4).
 *
 * A snapshot is the same walk up to the head at its start, leaving out what a newcomer has no use for; from there the
 * feed goes on. A record changed meanwhile has moved past that head and comes then.
 */
import {
  type Change,
  compileFilter,
  type Filter,
  type JsonObject,
  projectDocument,
  type Projection,
  type PullCollection,
  type PullRequest,
  type PullResponse,
  parseFilter,
  SyncError,
} from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { checkPull } from './check-request.ts'
import { throwIfAborted } from './connection.ts'
import type { FeedPlace } from './cursor.ts'
import type { Feed } from './feed.ts'
import { type RecordRow, rowToRecord } from './records.ts'

// After so many rows, or positions, other work of the process gets its turn.
const ROWS_PER_STEP = 2_000
/** Rows read at a time: many small ones, which is quicker, and few large ones, which have to be held. */
const ROWS_PER_READ = { first: 40, least: 8, most: 250, bytes: 128 * 1024 }
const POSITIONS_PER_STEP = 50_000
const PAGE_BYTES = 8 * 1024 * 1024

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** How one collection is shown. */
interface Lens {
  readonly matches?: (document: JsonObject) => boolean
  readonly fields?: Projection
}

interface Page {
  readonly changes: Change[]
  readonly limit: number
  bytes: number
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
  const lenses = new Map(request.collections.map((collection) => [collection.name, lensOf(collection)]))
  const names = JSON.stringify([...lenses.keys()])
  const page: Page = { changes: [], limit: request.limit, bytes: 0 }
  let place = await enter(backend, request, signal)
  for (;;) {
    const step = await backend.connection.read('pulling', signal, () =>
      takeStep(backend, request.scope, place, page, lenses, names),
    )
    if (step === 'lost') {
      await loseHistory(backend, request.scope, place, signal)
      throw epochChanged()
    }
    backend.feeds.note(step.feed)
    place = step.place
    if (step.done) return respond(backend, page, step)
    await nextTurn()
    throwIfAborted(signal)
  }
}

function respond(backend: Backend, page: Page, { feed, place, more }: Step): PullResponse {
  // Each position holds at most one change, and there are no more changes than rows that were not walked over.
  const ahead = feed.head - (place.walk?.to ?? place.position)
  const rows = feed.records - (place.walk?.rows ?? 0)
  return {
    changes: page.changes,
    cursor: backend.cursors.encode(feed.scope, place),
    epoch: feed.epoch,
    hasMore: more,
    remaining: more ? Math.max(1, Math.min(ahead, rows)) : 0,
    serverTime: backend.now(),
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
  const found = await connection.read('pulling', signal, () => {
    const feed = feeds.find(request.scope)
    if (feed === undefined || feeds.standing(feed, null) === 'lost') return undefined
    return start(backend, feed, request.limit)
  })
  if (found !== undefined) return found
  return connection.write('beginning a feed', signal, () => {
    const feed = feeds.take(request.scope)
    const lost = feeds.standing(feed, null) === 'lost'
    return start(backend, lost ? feeds.beginEpoch(feed) : feed, request.limit)
  })
}

function start({ feeds }: Backend, feed: Feed, limit: number): FeedPlace {
  const { epoch, head } = feed
  const place = { epoch, position: head, mark: feeds.markOf(feed, head) }
  return limit === 0 || head === 0 ? place : { ...place, walk: { to: 0, rows: 0 } }
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
  lenses: ReadonlyMap<string, Lens>,
  names: string,
): Step | 'lost' {
  const { feeds, records } = backend
  const feed = feeds.find(scope)
  if (feed === undefined) throw epochChanged()
  const standing = feeds.standing(feed, place)
  if (standing === 'lost') return 'lost'
  if (standing === 'foreign') throw epochChanged()
  if (standing === 'expired') throw new SyncError('CURSOR_EXPIRED', 'The cursor is older than what is kept')
  if (page.limit === 0) return { feed, place, more: false, done: true }

  const from = place.walk?.to ?? place.position
  const cap = place.walk === undefined ? feed.head : place.position
  const to = Math.min(cap, from + POSITIONS_PER_STEP)
  // After a restore the deletes of before are told too, since clients then keep what they do not see.
  const withTombstones = place.walk === undefined || feed.epochStart > 0
  let at = from
  let rows = 0
  let more = false
  let ended = false
  while (!ended && !more && rows < ROWS_PER_STEP) {
    const wanted = rowsToRead(page)
    const chunk = records.scan(feed.feed, at, to, names, wanted)
    ended = chunk.length < wanted
    for (const row of chunk) {
      if (page.changes.length >= page.limit || page.bytes >= PAGE_BYTES) {
        more = true
        break
      }
      rows += 1
      at = row[0]
      addChange(page, row, lenses.get(row[1]), place.walk !== undefined, withTombstones)
    }
  }
  if (ended && !more) at = reach(backend, feed, to, cap, rows)
  const next = placeAt(backend, feed, place, at, rows)
  return { feed, place: next, more, done: more || (next.walk === undefined && at >= feed.head) }
}

/** No more than the page has room for and one, which says that there is more; by the size of those read before. */
function rowsToRead({ changes, bytes, limit }: Page): number {
  const { first, least, most } = ROWS_PER_READ
  const rows = bytes === 0 ? first : Math.floor((ROWS_PER_READ.bytes * changes.length) / bytes)
  return Math.min(Math.max(rows, least), most, limit - changes.length + 1)
}

/** How far a walk has come that found nothing more up to `to`: where rows are rare, up to just before the next one. */
function reach({ records }: Backend, { feed }: Feed, to: number, cap: number, rows: number): number {
  if (rows > 0 || to === cap) return to
  return Math.min(cap, (records.next(feed, to) ?? cap + 1) - 1)
}

function placeAt({ feeds }: Backend, feed: Feed, place: FeedPlace, at: number, rows: number): FeedPlace {
  const { epoch, position, mark, walk } = place
  if (walk === undefined) return { epoch, position: at, mark: feeds.markOf(feed, at) }
  return at < position ? { ...place, walk: { to: at, rows: walk.rows + rows } } : { epoch, position, mark }
}

function addChange(
  page: Page,
  row: RecordRow,
  lens: Lens | undefined,
  snapshot: boolean,
  tombstones: boolean,
): void {
  const [, collection, id, version, deleted, time, schema, mutation, text] = row
  if (deleted === 1) {
    if (tombstones) page.changes.push({ kind: 'delete', ...rowToRecord(row, undefined) })
    return
  }
  const document = JSON.parse(text as string) as JsonObject
  if (lens?.matches?.(document) === false) {
    if (!snapshot) page.changes.push({ kind: 'leave', collection, id, version })
    return
  }
  page.bytes += (text as string).length
  // Written out: spreading costs more than all the rest.
  const put: Writable<Change & { readonly kind: 'put' }> = {
    kind: 'put',
    collection,
    id,
    version,
    deleted: false,
    data: document,
    text: text as string,
    time,
    schema,
  }
  if (mutation !== null) put.mutation = mutation
  page.changes.push(lens?.fields === undefined ? put : projected(put, lens.fields))
}

function projected({ text: _text, ...put }: Change & { readonly kind: 'put' }, fields: Projection): Change {
  return { ...put, data: projectDocument(put.data as JsonObject, fields) }
}

function lensOf({ filter, fields }: PullCollection): Lens {
  const matches = filter === undefined ? {} : { matches: compileFilter(checkFilter(filter)) }
  return fields === undefined ? matches : { ...matches, fields }
}

function checkFilter(filter: Filter): Filter {
  try {
    return parseFilter(filter)
  } catch (error) {
    throw new SyncError('PROTOCOL', 'The filter is not valid', { cause: error })
  }
}

function epochChanged(): SyncError {
  return new SyncError(
    'EPOCH_CHANGED',
    "The feed's history is not the cursor's: the backend was restored or replaced",
  )
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
