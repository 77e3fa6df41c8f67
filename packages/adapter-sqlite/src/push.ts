/**
 * Push: one write transaction for a few hundred mutations. The single writer of SQLite makes positions a plain counter:
 * they are given in the order of commits, without gaps, and become visible with what they name (A1).
 */
import {
  isSyncError,
  type Mutation,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushResult,
  SyncError,
} from '@synclayer/core/adapter'
import { applyUnit, type Scribe } from './apply-unit.ts'
import type { Backend } from './backend.ts'
import { checkPush } from './check-request.ts'
import type { FeedPlace } from './cursor.ts'
import type { Feed, WriteMark } from './feed.ts'
import { type Prepared, prepareMutation } from './prepare-mutation.ts'
import { formatVersion, MAX_POSITION } from './version.ts'

/** Mutations that are applied together: a group, or a single one. */
export type Unit = readonly Prepared[]

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
  for (const slice of slicesOf(unitsOf(prepared))) {
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
  const { connection, feeds, records, results: remembered } = backend
  let mark: WriteMark | undefined
  const { feed, results, moved } = await connection.write('pushing', signal, () => {
    const { feed, refusal } = admit(backend, request, place)
    let head = feed.head
    let count = feed.records
    mark = undefined
    const scribe: Scribe = {
      backend,
      feed: feed.feed,
      clientId: request.clientId,
      fields: request.fields ?? {},
      refusal,
      write: ({ mutation, n, time }, document, exists) => {
        if (head >= MAX_POSITION)
          throw new SyncError('BACKEND_FAILED', 'The feed is full', { retryable: false })
        mark ??= feeds.writeMark(feed)
        head += 1
        if (!exists) count += 1
        const version = formatVersion(feed.epoch, head, mark.name)
        const storedAt = backend.now()
        const { collection, recordId, schema, id } = mutation
        const state = { version, time, schema, mutation: id, storedAt, document }
        if (exists) records.update(feed.feed, head, collection, recordId, state)
        else records.insert(feed.feed, head, collection, recordId, state)
        remembered.remember(feed.feed, request.clientId, n, mutation, version, storedAt)
        return version
      },
      save: () => ({ head, count, mark }),
      restore: (saved) => {
        head = saved.head
        count = saved.count
        mark = saved.mark
      },
    }
    const results = slice.flatMap((unit) => applyUnit(scribe, unit))
    if (head !== feed.head) feeds.advance(feed, head, count)
    remembered.settle(feed.feed, request.clientId, request.settled)
    return { feed: { ...feed, head, records: count }, results, moved: head !== feed.head }
  })
  feeds.note(feed, mark)
  if (moved) backend.committed(request.scope)
  return results
}

/** The feed, and why nothing new may be applied to it, if so. Known mutations are answered all the same. */
function admit(
  { feeds }: Backend,
  request: PushRequest,
  place: FeedPlace | null,
): { readonly feed: Feed; readonly refusal: PushOutcome | undefined } {
  const feed = feeds.take(request.scope)
  const changed: PushOutcome = { status: 'retry', code: 'EPOCH_CHANGED' }
  const standing = place === null ? 'foreign' : feeds.standing(feed, place)
  if (standing === 'lost') return { feed: feeds.beginEpoch(feed), refusal: changed }
  if (standing === 'foreign' || request.epoch !== feed.epoch) return { feed, refusal: changed }
  if (standing === 'expired') return { feed, refusal: { status: 'retry', code: 'CURSOR_EXPIRED' } }
  return { feed, refusal: undefined }
}

/** Groups become one unit each, at the place of their first member. */
function unitsOf(prepared: readonly Prepared[]): readonly Unit[] {
  const units: Prepared[][] = []
  const groups = new Map<string, Prepared[]>()
  for (const member of prepared) {
    const group: unknown = (member.mutation as Partial<Mutation> | null)?.group
    const known = typeof group === 'string' ? groups.get(group) : undefined
    if (known !== undefined) {
      known.push(member)
      continue
    }
    const unit = [member]
    units.push(unit)
    if (typeof group === 'string') groups.set(group, unit)
  }
  return units
}

/** Several units to a transaction, never a part of one. */
function slicesOf(units: readonly Unit[]): readonly (readonly Unit[])[] {
  const slices: Unit[][] = []
  let slice: Unit[] = []
  let size = 0
  for (const unit of units) {
    if (size > 0 && size + unit.length > MUTATIONS_PER_TRANSACTION) {
      slices.push(slice)
      slice = []
      size = 0
    }
    slice.push(unit)
    size += unit.length
  }
  if (size > 0) slices.push(slice)
  return slices
}
