/** One push of one scope: what is unanswered is sent again, else what waits is frozen and sent. */
import { checkPushResponse } from '../document/check-response.ts'
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { PushRequest, PushResponse } from '../protocol/messages.ts'
import { applyAnswers } from './apply-answers.ts'
import { splitMutationId } from './client-identity.ts'
import { type FeedState, pushCursor } from './feed-state.ts'
import { freezeBatch } from './freeze-batch.ts'
import { earliest, submitRetries } from './push-retries.ts'
import { renewIdentity } from './renew-identity.ts'
import { request } from './request.ts'
import { noteServerTime, type ScopeSession } from './scope-session.ts'
import { batchOf, readUnanswered, type Unanswered } from './unanswered.ts'

/** How many mutations go into one request: halved after three unknown answers in a row, doubled by an answer (W4). */
export interface BatchLimit {
  current: number
  readonly most: number
  unknownInARow: number
}

/** What one round has tried already. */
export interface PushAttempt {
  /** The app asked for the round: what backs off is sent once all the same. */
  readonly ignoreBackoff: boolean
  readonly tried: Set<string>
  /** How often this client had to become another. */
  renewals: number
}

export interface PushResultOfBatch {
  /** More may be sent at once. */
  readonly more: boolean
  /** When the first record that backs off may be sent; null where none does. */
  readonly nextRetry: number | null
  /** The cursor must be renewed before anything new is taken. */
  readonly resync: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | null
  /** Others have written some of the records since: what else they wrote is to be pulled. */
  readonly behind: boolean
  /** A record, or a group, was sent by itself and failed: it backs off, the others go on. */
  readonly alone: SyncError | null
}

const NOTHING_SENT: PushResultOfBatch = {
  more: false,
  nextRetry: null,
  resync: null,
  behind: false,
  alone: null,
}

/**
 * Sends one batch. Rejects with the SyncError of a request that failed as a whole; what it held is then unknown and
 * stays in flight.
 */
export async function pushBatch(
  session: ScopeSession,
  feed: FeedState,
  limit: BatchLimit,
  attempt: PushAttempt,
): Promise<PushResultOfBatch> {
  const cursor = pushCursor(feed)
  if (cursor === null) return NOTHING_SENT
  const unanswered = await readUnanswered(
    session,
    (mutationId) => attempt.ignoreBackoff && !attempt.tried.has(mutationId),
  )
  const { mutations, inFlight, nextRetry } = await nextBatch(session, feed, limit, unanswered)
  if (mutations.length === 0) return { ...NOTHING_SENT, nextRetry }
  for (const { id } of mutations) attempt.tried.add(id)
  let response: PushResponse
  try {
    response = await send(session, { feed, cursor, mutations, inFlight }, limit)
  } catch (error) {
    const retryAt = await noteFailure(session, mutations, limit, error)
    if (retryAt === null) throw error
    return {
      ...NOTHING_SENT,
      more: true,
      nextRetry: earliest(nextRetry, retryAt),
      alone: error as SyncError,
    }
  }
  const applied = await applyAnswers(session, mutations, response, feed.generation)
  await renewIdentity(session, response.results, mutations, attempt)
  return {
    more: applied.resync === null,
    nextRetry: earliest(nextRetry, applied.nextRetry),
    resync: applied.resync,
    behind: applied.behind,
    alone: null,
  }
}

/** What was sent and is unanswered goes first, then what waits, then what has failed before. */
async function nextBatch(
  session: ScopeSession,
  feed: FeedState,
  limit: BatchLimit,
  unanswered: Unanswered,
): Promise<{
  readonly mutations: readonly Mutation[]
  readonly inFlight: readonly string[]
  readonly nextRetry: number | null
}> {
  const { nextRetry } = unanswered
  if (unanswered.first.length > 0) {
    return { mutations: batchOf(unanswered.first, limit.current), inFlight: unanswered.ids, nextRetry }
  }
  const fresh = await freezeBatch(session, limit.current, feed.generation)
  const mutations = fresh.length > 0 ? fresh : batchOf(unanswered.last, limit.current)
  // Numbers rise in the order of freezing, so what is in flight now is all that may be sent below these: another process
  // on this store may have sent some since `unanswered` was read.
  const isShared = fresh.length > 0 && session.deps.store.storage.capabilities.crossProcess
  const { ids } = isShared ? await readUnanswered(session, () => false) : unanswered
  return { mutations, inFlight: ids, nextRetry }
}

/** The lowest n of the client among these mutation ids. */
function lowest(mutationIds: readonly string[], clientId: string): number {
  let least = Infinity
  for (const mutationId of mutationIds) {
    const id = splitMutationId(mutationId)
    if (id.clientId === clientId && id.n < least) least = id.n
  }
  return least
}

async function send(
  session: ScopeSession,
  batch: {
    readonly feed: FeedState
    readonly cursor: string
    readonly mutations: readonly Mutation[]
    readonly inFlight: readonly string[]
  },
  limit: BatchLimit,
): Promise<PushResponse> {
  const { deps, scope, limits } = session
  const first = splitMutationId(batch.mutations[0]!.id)
  const message: PushRequest = {
    scope,
    clientId: first.clientId,
    settled: lowest([...batch.inFlight, ...batch.mutations.map(({ id }) => id)], first.clientId),
    epoch: batch.feed.epoch,
    cursor: batch.cursor,
    mutations: deps.adapter.capabilities.groups ? batch.mutations : batch.mutations.map(withoutGroup),
  }
  const sentAt = deps.clock.now()
  const answer = await request(limits, (signal) => deps.adapter.push(message, signal))
  const { response } = checkPushResponse(answer)
  noteServerTime(session, sentAt, response.serverTime)
  limit.unknownInARow = 0
  limit.current = Math.min(limit.most, limit.current * 2)
  session.progress()
  return response
}

/**
 * Halves the batch after three failures (W4). What failed by itself backs off by itself, so that the others get their
 * turn (W19): then it says when it may be sent again.
 */
async function noteFailure(
  session: ScopeSession,
  mutations: readonly Mutation[],
  limit: BatchLimit,
  error: unknown,
): Promise<number | null> {
  if (!isSyncError(error) || !leavesOutcomeUnknown(error)) return null
  const units = new Set(mutations.map(({ id, group }) => group ?? id))
  if (units.size === 1 && error.details['retryAfterMs'] === undefined) {
    return submitRetries(
      session,
      mutations.map((mutation) => ({ mutation, code: error.code })),
    )
  }
  limit.unknownInARow += 1
  if (limit.unknownInARow % 3 === 0) {
    limit.current = Math.max(1, Math.floor(Math.min(limit.current, mutations.length) / 2))
  }
  return null
}

/** Offline, signed out or shut out: that says nothing of the mutations sent. */
function leavesOutcomeUnknown(error: SyncError): boolean {
  return ![
    'NETWORK',
    'UNAUTHENTICATED',
    'ABORTED',
    'CLOSED',
    'EPOCH_CHANGED',
    'CURSOR_EXPIRED',
    'RATE_LIMITED',
    'SCOPE_REVOKED',
  ].includes(error.code)
}

function withoutGroup(mutation: Mutation): Mutation {
  const { group: _group, ...rest } = mutation
  return rest
}
