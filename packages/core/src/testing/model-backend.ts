/**
 * A backend in memory, after the letter of the contract: for the tests of engines and apps, and as the shortest
 * reading of what an adapter must do. It is a model, not a mock: it passes the adapter conformance suite.
 */
import { checkFetchRequest, checkPullRequest, checkPushRequest } from '../document/check-request.ts'
import { applyPatch } from '../document/patch.ts'
import { projectDocument } from '../document/project.ts'
import { SyncError } from '../errors/sync-error.ts'
import { isSyncError } from '../errors/sync-error.ts'
import type { BackendAdapter, Wake } from '../ports/adapter.ts'
import type { Projection } from '../protocol/filter.ts'
import type { Change, PullCollection, PushOutcome, PushRequest, PushResult } from '../protocol/messages.ts'
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'
import { clampTime } from '../clock/hybrid-clock.ts'
import { evaluate } from '../query/evaluate.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { utf8ByteLength } from '../shared/bytes.ts'
import type { JsonObject } from '../shared/json.ts'

interface Stored {
  readonly record: RemoteRecord
  readonly position: number
  readonly storedAt: number
}

interface Remembered {
  readonly time: string
  readonly result: PushOutcome
  readonly at: number
}

interface Feed {
  readonly scope: string
  epoch: number
  /** Part of every version made now, so that none comes again after a restore. */
  history: number
  head: number
  floor: number
  readonly records: Map<string, Stored>
  readonly results: Map<string, Map<number, Remembered>>
}

/** The state of a backend, outliving its adapters. */
export interface ModelBackend {
  /** A new connection to it. */
  adapter(): BackendAdapter
  /** A copy of everything stored, to be restored later. */
  backup(): unknown
  /**
   * Puts a backup back, as an administrator would: what came after is lost, and a new epoch begins. `unnoticed`: the
   * backend cannot tell, as where nothing was written between the backup and the cursors that are still in use.
   */
  restore(backup: unknown, options?: { readonly unnoticed?: boolean }): void
  /** Everything stored in a scope, tombstones too, for tests to compare with. */
  records(scope: string): readonly RemoteRecord[]
}

const MAX_RECORD_BYTES = 16_000_000

/** Creates an empty backend whose clock is `now`. */
export function createModelBackend(options: { readonly now: () => number }): ModelBackend {
  let feeds = new Map<string, Feed>()
  let epochs = 1
  const wakers = new Map<string, Set<(wake: Wake) => void>>()

  const feedOf = (scope: string): Feed => {
    let feed = feeds.get(scope)
    if (feed === undefined) {
      feed = {
        scope,
        epoch: epochs,
        history: epochs,
        head: 0,
        floor: 0,
        records: new Map(),
        results: new Map(),
      }
      feeds.set(scope, feed)
    }
    return feed
  }

  const adapter = (): BackendAdapter => {
    let closed = false
    const check = (signal?: AbortSignal): void => {
      if (closed) throw new SyncError('CLOSED', 'The adapter is closed.')
      if (signal?.aborted) throw new SyncError('ABORTED', 'The request was aborted.')
    }
    return {
      name: 'model',
      capabilities: {
        consistency: 'strict',
        orderedVersions: true,
        patch: true,
        groups: true,
        realtime: true,
        memory: 'full',
        maxBatch: 1_000,
        maxRecordBytes: MAX_RECORD_BYTES,
      },
      async open() {
        check()
      },
      async push(request, signal) {
        check(signal)
        const { request: checked, refused } = checkPushRequest(request)
        const feed = feedOf(checked.scope)
        const before = feed.head
        const results = [...pushInto(feed, checked, options.now()), ...refused]
        if (feed.head > before)
          for (const wake of wakers.get(request.scope) ?? []) wake({ scope: request.scope })
        return { results, serverTime: options.now() }
      },
      async pull(request, signal) {
        check(signal)
        const { scope, collections, cursor, limit } = checkPullRequest(request)
        const feed = feedOf(scope)
        const page = pullFrom(feed, collections.map(withCheckedFilter), cursor, limit)
        return { ...page, epoch: epochName(feed), serverTime: options.now() }
      },
      async fetch(request, signal) {
        check(signal)
        const { scope, collection, ids, fields } = checkFetchRequest(request)
        return ids.flatMap((id) => {
          const stored = feedOf(scope).records.get(`${collection}/${id}`)
          return stored === undefined ? [] : [projected(stored.record, fields)]
        })
      },
      async subscribe({ scope, cursor }, wake) {
        check()
        // What was written between the client's last pull and this call.
        const known = cursor === null ? undefined : parseCursor(cursor)
        if (known?.position !== feedOf(scope).head) queueMicrotask(() => wake({ scope }))
        const set = wakers.get(scope) ?? new Set()
        wakers.set(scope, set.add(wake))
        return { close: async () => void set.delete(wake) }
      },
      async purge({ scope, before }) {
        check()
        return purgeFeed(feedOf(scope), before, options.now())
      },
      async close() {
        closed = true
      },
    }
  }

  return {
    adapter,
    backup: () => structuredClone(feeds),
    restore(backup, { unnoticed = false } = {}) {
      feeds = structuredClone(backup) as Map<string, Feed>
      epochs += 1
      for (const feed of feeds.values()) {
        feed.history = epochs
        if (!unnoticed) feed.epoch = epochs
      }
    },
    records: (scope) => [...feedOf(scope).records.values()].map(({ record }) => record),
  }
}

function epochName(feed: Feed): string {
  return `e${feed.epoch}`
}

function versionAt(feed: Feed, position: number): string {
  return `${String(feed.history).padStart(4, '0')}-${String(position).padStart(12, '0')}`
}

function pushInto(feed: Feed, request: PushRequest, now: number): readonly PushResult[] {
  const memory = feed.results.get(request.clientId) ?? new Map<number, Remembered>()
  feed.results.set(request.clientId, memory)
  const results = new Map<string, PushOutcome>()
  const units = new Map<string, Mutation[]>()
  const behind = behindOf(feed, request)
  const reused = new Set<string>()
  for (const mutation of request.mutations) {
    const known = recall(memory, mutation)
    if (known?.status === 'rejected' && mutation.group !== undefined) reused.add(mutation.group)
  }
  for (const mutation of request.mutations) {
    const known = recall(memory, mutation)
    if (known !== null) results.set(mutation.id, known)
    else if (mutation.group !== undefined && reused.has(mutation.group)) {
      results.set(mutation.id, { status: 'aborted' })
    } else if (behind !== null) results.set(mutation.id, { status: 'retry', code: behind })
    else {
      const name = mutation.group === undefined ? `m:${mutation.id}` : `g:${mutation.group}`
      units.set(name, [...(units.get(name) ?? []), mutation])
    }
  }
  for (const unit of units.values()) {
    for (const [id, outcome] of applyUnit(feed, unit, request.fields, memory, now)) results.set(id, outcome)
  }
  for (const n of memory.keys()) if (n < request.settled) memory.delete(n)
  return request.mutations.map(({ id }) => ({ id, ...results.get(id)! }))
}

function numberOf(mutation: Mutation): number {
  return Number(mutation.id.slice(mutation.id.lastIndexOf('.') + 1))
}

function recall(memory: ReadonlyMap<number, Remembered>, mutation: Mutation): PushOutcome | null {
  const known = memory.get(numberOf(mutation))
  if (known === undefined) return null
  if (known.time === mutation.time) return known.result
  return { status: 'rejected', code: 'MUTATION_ID_REUSED', reason: 'This id was used for another mutation.' }
}

function behindOf(feed: Feed, request: PushRequest): 'EPOCH_CHANGED' | 'CURSOR_EXPIRED' | null {
  const cursor = parseCursor(request.cursor)
  if (request.epoch !== epochName(feed) || !isOfHistory(cursor, feed)) return 'EPOCH_CHANGED'
  return (cursor.head ?? cursor.position) < feed.floor ? 'CURSOR_EXPIRED' : null
}

/** One mutation or one group: applied whole or not at all. */
function applyUnit(
  feed: Feed,
  unit: readonly Mutation[],
  fields: Readonly<Record<string, Projection>> | undefined,
  memory: Map<number, Remembered>,
  now: number,
): ReadonlyMap<string, PushOutcome> {
  const outcomes = new Map<string, PushOutcome>()
  const undo: (() => void)[] = []
  const head = feed.head
  for (const mutation of unit) {
    const outcome = applyOne(feed, mutation, fields?.[mutation.collection], now, undo)
    outcomes.set(mutation.id, outcome)
  }
  if ([...outcomes.values()].some(({ status }) => status !== 'accepted')) {
    for (const step of undo.reverse()) step()
    feed.head = head
    for (const [id, { status }] of outcomes)
      if (status === 'accepted') outcomes.set(id, { status: 'aborted' })
    return outcomes
  }
  for (const mutation of unit) {
    memory.set(numberOf(mutation), { time: mutation.time, result: outcomes.get(mutation.id)!, at: now })
  }
  return outcomes
}

function applyOne(
  feed: Feed,
  mutation: Mutation,
  fields: Projection | undefined,
  now: number,
  undo: (() => void)[],
): PushOutcome {
  const name = `${mutation.collection}/${mutation.recordId}`
  const current = feed.records.get(name)
  if ((current?.record.version ?? null) !== mutation.base) {
    return { status: 'conflict', current: current === undefined ? null : projected(current.record, fields) }
  }
  let data: JsonObject | null
  try {
    data = resultOf(mutation, current?.record)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { status: 'rejected', code: isSyncError(error) ? error.code : 'INVALID_MUTATION', reason }
  }
  if (data !== null && utf8ByteLength(JSON.stringify(data)) > MAX_RECORD_BYTES) {
    return { status: 'rejected', code: 'RECORD_TOO_LARGE', reason: `More than ${MAX_RECORD_BYTES} bytes.` }
  }
  feed.head += 1
  const version = versionAt(feed, feed.head)
  const record: RemoteRecord = {
    collection: mutation.collection,
    id: mutation.recordId,
    version,
    deleted: data === null,
    ...(data === null ? {} : { data }),
    time: clampTime(mutation.time, now + 60_000),
    schema: mutation.schema,
    mutation: mutation.id,
  }
  undo.push(() => (current === undefined ? feed.records.delete(name) : feed.records.set(name, current)))
  feed.records.set(name, { record, position: feed.head, storedAt: now })
  return { status: 'accepted', version }
}

function resultOf(mutation: Mutation, current: RemoteRecord | undefined): JsonObject | null {
  switch (mutation.kind) {
    case 'delete':
      return null
    case 'put':
      return JSON.parse(JSON.stringify(mutation.data)) as JsonObject
    case 'patch': {
      if (current === undefined || current.deleted) {
        throw new SyncError('INVALID_MUTATION', 'A patch needs a document to apply to.')
      }
      return applyPatch(current.data as JsonObject, mutation.patch!)
    }
  }
}

/** A snapshot walks by name up to the head it began at, then follows the feed from there. */
interface ModelCursor {
  readonly scope: string
  readonly epoch: number
  readonly position: number
  readonly head?: number
  readonly after?: string
}

function parseCursor(text: string): ModelCursor {
  try {
    const cursor = JSON.parse(text) as ModelCursor
    if (Number.isInteger(cursor.epoch) && JSON.stringify(cursor) === text) return cursor
  } catch {
    // No JSON is no cursor either.
  }
  throw new SyncError('PROTOCOL', 'This cursor was not made by this backend.')
}

function isOfHistory(cursor: ModelCursor, feed: Feed): boolean {
  return cursor.scope === feed.scope && cursor.epoch === feed.epoch && cursor.position <= feed.head
}

function withCheckedFilter(collection: PullCollection): PullCollection {
  if (collection.filter === undefined) return collection
  try {
    return { ...collection, filter: parseFilter(collection.filter) }
  } catch (error) {
    throw new SyncError('PROTOCOL', 'The filter is not valid.', { cause: error })
  }
}

function pullFrom(
  feed: Feed,
  collections: readonly PullCollection[],
  cursor: string | null,
  limit: number,
): {
  readonly changes: readonly Change[]
  readonly cursor: string
  readonly hasMore: boolean
  readonly remaining: number
} {
  const from: ModelCursor =
    cursor === null
      ? {
          scope: feed.scope,
          epoch: feed.epoch,
          position: feed.head,
          ...(limit === 0 ? {} : { head: feed.head, after: '' }),
        }
      : parseCursor(cursor)
  if (!isOfHistory(from, feed)) {
    throw new SyncError('EPOCH_CHANGED', 'The backend has another history now.')
  }
  if ((from.head ?? from.position) < feed.floor)
    throw new SyncError('CURSOR_EXPIRED', 'This cursor is below the floor.')
  if (limit === 0) return { changes: [], cursor: JSON.stringify(from), hasMore: false, remaining: 0 }
  return from.head === undefined
    ? follow(feed, collections, from, limit)
    : walk(feed, collections, from, limit)
}

function walk(
  feed: Feed,
  collections: readonly PullCollection[],
  from: ModelCursor,
  limit: number,
): ReturnType<typeof pullFrom> {
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
  const next: ModelCursor =
    left > 0
      ? { ...from, after: page.at(-1)! }
      : { scope: feed.scope, epoch: from.epoch, position: from.head! }
  const hasMore = left > 0 || feed.head > from.head!
  return { changes, cursor: JSON.stringify(next), hasMore, remaining: left + feed.head - from.head! }
}

function follow(
  feed: Feed,
  collections: readonly PullCollection[],
  from: ModelCursor,
  limit: number,
): ReturnType<typeof pullFrom> {
  const later = [...feed.records.values()]
    .filter(({ position }) => position > from.position)
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
  const position = page.length < later.length ? page.at(-1)!.position : feed.head
  const cursor = JSON.stringify({ scope: feed.scope, epoch: from.epoch, position })
  return { changes, cursor, hasMore: page.length < later.length, remaining: later.length - page.length }
}

function projected(record: RemoteRecord, fields: Projection | undefined): RemoteRecord {
  if (fields === undefined || record.deleted) return record
  return { ...record, data: projectDocument(record.data as JsonObject, fields) }
}

function purgeFeed(
  feed: Feed,
  before: number,
  now: number,
): { readonly tombstones: number; readonly results: number } {
  let tombstones = 0
  let results = 0
  const old = [...feed.records].filter(([, { record, storedAt }]) => record.deleted && storedAt < before)
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
