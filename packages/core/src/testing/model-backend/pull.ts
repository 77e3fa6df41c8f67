/** Reads of the model backend's feed, never beyond the horizon: what is written there may still get company below it. */
import { projectDocument } from '../../document/project.ts'
import { SyncError } from '../../errors/sync-error.ts'
import type { Projection } from '../../protocol/filter.ts'
import type { Change, PullCollection } from '../../protocol/messages.ts'
import type { RemoteRecord } from '../../protocol/mutation.ts'
import { evaluate } from '../../query/evaluate.ts'
import { parseFilter } from '../../query/parse-filter.ts'
import type { JsonObject } from '../../shared/json.ts'
import { cursorAt, isExpired, isOfHistory, type ModelCursor, parseCursor } from './cursor.ts'
import type { Feed } from './feed.ts'

export interface ModelPage {
  readonly changes: readonly Change[]
  readonly cursor: string
  readonly hasMore: boolean
  readonly remaining: number
}

/** A feed as it may be read now. */
export interface FeedView {
  readonly feed: Feed
  /** Everything up to this position is visible, and nothing will ever be added there. */
  readonly horizon: number
}

export function withCheckedFilter(collection: PullCollection): PullCollection {
  if (collection.filter === undefined) return collection
  try {
    return { ...collection, filter: parseFilter(collection.filter) }
  } catch (error) {
    throw new SyncError('PROTOCOL', 'The filter is not valid.', { cause: error })
  }
}

export function pullFrom(
  view: FeedView,
  collections: readonly PullCollection[],
  cursor: string | null,
  limit: number,
): ModelPage {
  const { feed, horizon } = view
  const from = cursor === null ? startAt(view, limit) : parseCursor(cursor)
  if (!isOfHistory(from, feed)) {
    throw new SyncError('EPOCH_CHANGED', 'The backend has another history now.')
  }
  if (isExpired(from, feed)) throw new SyncError('CURSOR_EXPIRED', 'This cursor is below the floor.')
  if (limit === 0) return { changes: [], cursor: JSON.stringify(from), hasMore: false, remaining: 0 }
  return from.head === undefined
    ? follow(feed, horizon, collections, from, limit)
    : walk(feed, horizon, collections, from, limit)
}

/**
 * The same from a replica that may be behind: a cursor it has not come to yet gets an empty page. A snapshot that began
 * further on cannot go on here, and none can begin here.
 */
export function pullFromReplica(
  replica: FeedView,
  collections: readonly PullCollection[],
  cursor: string,
  limit: number,
): ModelPage {
  const from = parseCursor(cursor)
  if ((from.head ?? from.position) <= replica.horizon) return pullFrom(replica, collections, cursor, limit)
  if (from.head !== undefined)
    throw new SyncError('BACKEND_FAILED', 'This replica is behind the snapshot that is being read.')
  return { changes: [], cursor, hasMore: false, remaining: 0 }
}

export function projected(record: RemoteRecord, fields: Projection | undefined): RemoteRecord {
  if (fields === undefined || record.deleted) return record
  return { ...record, data: projectDocument(record.data as JsonObject, fields) }
}

function startAt({ feed, horizon }: FeedView, limit: number): ModelCursor {
  const cursor = cursorAt(feed, horizon)
  return limit === 0 ? cursor : { ...cursor, head: horizon, after: '' }
}

function walk(
  feed: Feed,
  horizon: number,
  collections: readonly PullCollection[],
  from: ModelCursor,
  limit: number,
): ModelPage {
  const names = [...feed.records.keys()].filter((name) => name > from.after!).sort()
  const page = names.slice(0, limit)
  const left = names.length - page.length
  const changes = page.flatMap((name) => {
    const { record } = feed.records.get(name)!
    const wanted = collections.find((collection) => collection.name === record.collection)
    if (wanted === undefined || record.deleted || !evaluate(wanted.filter ?? null, record.data as JsonObject))
      return []
    return [{ ...projected(record, wanted.fields), kind: 'put' as const }]
  })
  const head = from.head!
  const next: ModelCursor = left > 0 ? { ...from, after: page.at(-1)! } : cursorAt(feed, head)
  const since = Math.max(0, horizon - head)
  return { changes, cursor: JSON.stringify(next), hasMore: left > 0 || since > 0, remaining: left + since }
}

function follow(
  feed: Feed,
  horizon: number,
  collections: readonly PullCollection[],
  from: ModelCursor,
  limit: number,
): ModelPage {
  const later = [...feed.records.values()]
    .filter(({ position }) => position > from.position && position <= horizon)
    .sort((a, b) => a.position - b.position)
  const page = later.slice(0, limit)
  const changes = page.flatMap(({ record }): Change[] => {
    const wanted = collections.find((collection) => collection.name === record.collection)
    if (wanted === undefined) return []
    if (record.deleted) return [{ ...record, kind: 'delete' }]
    if (!evaluate(wanted.filter ?? null, record.data as JsonObject)) {
      const { collection, id, version } = record
      return [{ kind: 'leave', collection, id, version }]
    }
    return [{ ...projected(record, wanted.fields), kind: 'put' }]
  })
  const hasMore = page.length < later.length
  const position = hasMore ? page.at(-1)!.position : Math.max(from.position, horizon)
  const cursor = JSON.stringify(cursorAt(feed, position))
  return { changes, cursor, hasMore, remaining: later.length - page.length }
}
