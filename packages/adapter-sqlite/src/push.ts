/**
 * Push: one write transaction for a few hundred mutations, and for all pushes of a scope that arrive together. The single
 * writer of SQLite makes positions a plain counter: they are given in the order of commits, without gaps, and become visible
 * with what they name (A1).
 */
import {
  checkPush,
  createGroupCommit,
  type FeedPlace,
  type GroupCommit,
  prepareMutation,
  pushRefusal,
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
import { applyUnits } from './apply-units.ts'
import type { Backend } from './backend.ts'
import type { Feed } from './feed.ts'
import { noteCommitted, openPlan, savePlan, type Sent } from './plan-transaction.ts'
import { constraintRefusal } from './tables/constraint-refusal.ts'
import { sequenceFor } from './tables/sequence-inbox.ts'

// A transaction holds the write lock, and the event loop; what it saves is one flush to disk for each of its mutations.
const MUTATIONS_PER_TRANSACTION = 500

/** A part of a push that is committed whole or not at all. */
interface Slice {
  readonly request: PushRequest
  readonly place: FeedPlace | null
  readonly units: readonly Unit[]
  readonly signal: AbortSignal
}

type SliceResults = readonly PushResult[]

/** Tries to apply the mutations. Rejects only where nothing is known of any of them (A8). */
export type Push = (request: PushRequest, signal: AbortSignal) => Promise<PushResponse>

/** The push of one open database. */
export function createPush(backend: Backend): Push {
  const commits: GroupCommit<Slice, SliceResults> = createGroupCommit<Slice, SliceResults>({
    commit: (scope, slices) => commit(backend, scope, slices),
    sizeOf: ({ units }) => units.reduce((size, unit) => size + unit.length, 0),
    most: MUTATIONS_PER_TRANSACTION,
    gather: nextTurn,
  })
  return async (request, signal) => {
    checkPush(request)
    const place = backend.cursors.decode(request.scope, request.cursor)
    const now = backend.now()
    const prepared = request.mutations.map((mutation) =>
      prepareMutation(mutation, request.clientId, now, backend.maxRecordBytes),
    )
    const results: PushResult[] = []
    const parts = slicesOf(unitsOf(prepared), MUTATIONS_PER_TRANSACTION)
    // A push without mutations still settles what the client will not ask for again.
    for (const units of parts.length === 0 ? [[]] : parts) {
      try {
        results.push(...(await commits.add(request.scope, { request, place, units, signal }, signal)))
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
}

async function commit(
  backend: Backend,
  scope: string,
  slices: readonly Slice[],
): Promise<readonly SliceResults[]> {
  try {
    return await commitTogether(backend, scope, slices)
  } catch (error) {
    // A constraint of a user's table that is looked at when the transaction ends: whose it was is only known of one alone.
    if (backend.tables.size === 0 || refusalOf(error) === undefined) throw error
    const results: SliceResults[] = []
    for (const slice of slices) results.push(await commitApart(backend, scope, slice))
    return results
  }
}

async function commitApart(backend: Backend, scope: string, slice: Slice): Promise<SliceResults> {
  const results: PushResult[] = []
  for (const unit of slice.units) {
    try {
      results.push(...(await commitTogether(backend, scope, [{ ...slice, units: [unit] }])).flat())
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      results.push(...unit.map(({ mutation: { id } }): PushResult => ({ id, ...refusal })))
    }
  }
  return results
}

function refusalOf(error: unknown): PushOutcome | undefined {
  return isSyncError(error) ? constraintRefusal(error.cause) : undefined
}

async function commitTogether(
  backend: Backend,
  scope: string,
  slices: readonly Slice[],
): Promise<readonly SliceResults[]> {
  const { connection, results: remembered } = backend
  const [first] = slices
  const signal = slices.length === 1 && first !== undefined ? first.signal : null
  const { feed, after, open, results } = await connection.write('pushing', signal, () => {
    const { feed, refusals } = admit(backend, scope, slices)
    const open = openPlan(backend, feed, sentIn(slices))
    for (const { units } of slices) for (const unit of units) sequenceFor(backend, open.plan, scope, unit)
    const results = slices.map(({ request: { clientId, fields = {} }, units }, index) =>
      applyUnits(backend, scope, open.plan, { clientId, fields, refusal: refusals[index] }, units),
    )
    const after = savePlan(backend, feed, open)
    for (const { request } of slices) remembered.settle(feed.feed, request.clientId, request.settled)
    return { feed, after, open, results }
  })
  noteCommitted(backend, feed, after, open)
  return results
}

/** Whose mutations, and which: what is loaded before they are planned. */
function sentIn(slices: readonly Slice[]): readonly Sent[] {
  const sent: Sent[] = []
  for (const { request, units } of slices) {
    for (const unit of units) for (const { n } of unit) sent.push({ clientId: request.clientId, n })
  }
  return sent
}

/** The feed, and for each push why nothing new may be applied to it, if so. */
function admit(
  { feeds }: Backend,
  scope: string,
  slices: readonly Slice[],
): { readonly feed: Feed; readonly refusals: readonly (PushOutcome | undefined)[] } {
  const found = feeds.take(scope)
  const standings = slices.map(({ place }) => feeds.standing(found, place))
  const isLost = standings.includes('lost')
  const feed = isLost ? feeds.beginEpoch(found) : found
  return {
    feed,
    refusals: slices.map(({ request }, index) =>
      pushRefusal(feed, isLost ? 'foreign' : (standings[index] ?? 'foreign'), request.epoch),
    ),
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
