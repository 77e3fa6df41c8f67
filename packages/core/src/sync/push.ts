/** One push of one scope: what is unanswered is sent again, else what waits is frozen and sent. */
import { checkPushResponse } from '../document/check-response.ts'
import { answer, unanswered } from '../outbox/answer.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import type { ErrorCode } from '../errors/codes.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { PushOutcome, PushRequest, PushResponse, PushResult } from '../protocol/messages.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { RecordKey } from '../ports/storage.ts'
import { dropEmptyGroup, groupEntry, uniteGroup } from '../store/groups.ts'
import type { Workspace } from '../store/workspace.ts'
import { acknowledgedEntry, noteAcknowledged } from './acknowledged.ts'
import { CLIENT_ENTRY, newIdentity, splitMutationId } from './client-identity.ts'
import type { FeedState } from './feed-state.ts'
import { pushCursor } from './feed-state.ts'
import { freezeBatch } from './freeze-batch.ts'
import { groupOutcomes, type SettledMutation } from './group-outcomes.ts'
import { request } from './request.ts'
import { noteServerTime, type ScopeSession, tell, transitionContext } from './scope-session.ts'
import { backoffMs, retryWaitMs } from './sync-state.ts'
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
  /** A record, or a group, was sent by itself and failed: it backs off, the others go on. */
  readonly alone: SyncError | null
}

const NOTHING_SENT: PushResultOfBatch = { more: false, nextRetry: null, resync: null, alone: null }

/** More often than this in one round, and it is not this store that was copied. */
const MOST_RENEWALS = 3

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
    return { more: true, nextRetry: earliest(nextRetry, retryAt), resync: null, alone: error as SyncError }
  }
  const applied = await applyAnswers(session, mutations, response, feed.generation)
  await renewIdentity(session, response.results, mutations, attempt)
  return {
    more: applied.resync === null,
    nextRetry: earliest(nextRetry, applied.nextRetry),
    resync: applied.resync,
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

interface Retry {
  readonly mutation: Mutation
  readonly code: ErrorCode
  readonly retryAfterMs?: number
}

async function submitRetries(session: ScopeSession, retries: readonly Retry[]): Promise<number | null> {
  const { deps } = session
  const now = deps.clock.now()
  const jitter = deps.random.next()
  const settings = { ...deps.settings, stallAfterMs: 0 }
  const told = await deps.store.submit({
    origin: 'internal',
    keys: retries.map(({ mutation }) => keyOf(mutation)),
    run: (workspace) =>
      retries.flatMap(({ mutation, code, retryAfterMs }) => {
        const state = workspace.get(keyOf(mutation))
        if (state?.sync.inFlight?.id !== mutation.id) return []
        // At least a moment, so that a round ends.
        const wait = Math.max(1, backoffMs(state.sync.attempts ?? 0, jitter, settings))
        const next = unanswered(state, now + retryWaitMs(wait, retryAfterMs))
        workspace.set(keyOf(mutation), next)
        return [{ key: keyOf(mutation), code, attempts: next.sync.attempts!, retryAt: next.sync.retryAt! }]
      }),
  })
  for (const { key, code, attempts, retryAt } of told) {
    deps.report('mutationFailed', { collection: key.collection, id: key.id, code, attempts, retryAt })
  }
  return told.reduce<number | null>((least, { retryAt }) => earliest(least, retryAt), null)
}

type Answer = PushOutcome & { readonly status: string }

/** No answer, or one that cannot be: a conflict with the very version it was made on. */
function answerTo(mutation: Mutation, byId: ReadonlyMap<string, PushResult>): Answer {
  const result = byId.get(mutation.id)
  const absurd = result?.status === 'conflict' && (result.current?.version ?? null) === mutation.base
  return result === undefined || absurd ? { status: 'retry', code: 'PROTOCOL' } : result
}

/** Groups of which something is unknown: nothing of them is taken as known, they are sent again whole (W14). */
function openGroups(
  session: ScopeSession,
  mutations: readonly Mutation[],
  byId: ReadonlyMap<string, PushResult>,
): ReadonlyMap<string | undefined, Answer> {
  const open = new Map<string, Answer>()
  if (!session.deps.adapter.capabilities.groups) return open
  for (const mutation of mutations) {
    const result = answerTo(mutation, byId)
    if (mutation.group !== undefined && result.status === 'retry') open.set(mutation.group, result)
  }
  // A reused id was certainly not applied, and so nothing of its group was.
  for (const { id, group } of mutations) {
    const result = byId.get(id)
    if (group !== undefined && result !== undefined && isReuse(result)) open.set(group, result)
  }
  return open
}

/** Applies all answers in one commit; what has none stays in flight. */
async function applyAnswers(
  session: ScopeSession,
  mutations: readonly Mutation[],
  response: PushResponse,
  generation: number,
): Promise<{
  readonly nextRetry: number | null
  readonly resync: PushResultOfBatch['resync']
}> {
  const byId = new Map(response.results.map((result) => [result.id, result]))
  const retries: Retry[] = []
  const settled: SettledMutation[] = []
  let resync: PushResultOfBatch['resync'] = null
  const open = openGroups(session, mutations, byId)
  for (const mutation of mutations) {
    const result = open.get(mutation.group) ?? answerTo(mutation, byId)
    if (isReuse(result)) continue
    if (result.status !== 'retry') settled.push({ mutation, outcome: result })
    else if (result.code === 'CURSOR_EXPIRED' || result.code === 'EPOCH_CHANGED') resync = result.code
    else
      retries.push({
        mutation,
        code: result.code,
        ...(result.retryAfterMs === undefined ? {} : { retryAfterMs: result.retryAfterMs }),
      })
  }
  if (settled.length > 0) {
    const events = await session.deps.store.submit({
      origin: 'remote',
      keys: settled.map(({ mutation }) => keyOf(mutation)),
      entries: [...groupsOf(settled).map(groupEntry), acknowledgedEntry(session.scope)],
      run: (workspace) => {
        noteAcknowledged(session, workspace, acceptedOf(settled))
        return applySettled(session, workspace, settled, generation)
      },
    })
    for (const { key, events: told } of events) tell(session, key, told)
  }
  const nextRetry = retries.length > 0 ? await submitRetries(session, retries) : null
  return { nextRetry, resync }
}

function acceptedOf(
  settled: readonly SettledMutation[],
): readonly { readonly collection: string; readonly id: string; readonly version: string }[] {
  return settled.flatMap(({ mutation, outcome }) =>
    outcome.status === 'accepted' ? [{ ...keyOf(mutation), version: outcome.version }] : [],
  )
}

function groupsOf(settled: readonly SettledMutation[]): readonly string[] {
  return [...new Set(settled.flatMap(({ mutation }) => mutation.group ?? []))]
}

function applySettled(
  session: ScopeSession,
  workspace: Workspace,
  settled: readonly SettledMutation[],
  generation: number,
): readonly { readonly key: RecordKey; readonly events: readonly TransitionEvent[] }[] {
  const told: { key: RecordKey; events: readonly TransitionEvent[] }[] = []
  const groups = new Set<string>()
  for (const { mutation, outcome } of groupOutcomes(settled, (mutation) => workspace.get(keyOf(mutation)))) {
    const key = keyOf(mutation)
    const state = workspace.get(key)
    const spec = session.deps.collections.get(mutation.collection)
    if (state === null || spec === undefined) continue
    const result = answer(state, mutation.id, outcome, transitionContext(session, spec, generation))
    workspace.set(key, result.state)
    if (mutation.group !== undefined) groups.add(mutation.group)
    told.push({ key, events: result.events })
    const later = state.sync.group
    if (mutation.group !== undefined && later !== undefined && result.state?.sync.group === later) {
      // Sent in one group, edited in another since: what comes back belongs to both.
      if (outcome.status !== 'accepted')
        uniteGroup(workspace, later, [key, ...stillIn(workspace, mutation, settled)])
    }
  }
  for (const group of groups) dropEmptyGroup(workspace, group)
  return told
}

/** The records of the mutation's group that wait again. */
function stillIn(
  workspace: Workspace,
  mutation: Mutation,
  settled: readonly { readonly mutation: Mutation }[],
): readonly RecordKey[] {
  return settled
    .filter((other) => other.mutation.group === mutation.group)
    .map((other) => keyOf(other.mutation))
    .filter((key) => workspace.get(key)?.lane != null)
}

function isReuse(result: PushOutcome): boolean {
  return result.status === 'rejected' && result.code === 'MUTATION_ID_REUSED'
}

/**
 * The store was copied or rolled back, so its ids are taken: from now on this client is a new one, and what was not
 * applied under its old id waits to be sent under a new one (W27).
 */
async function renewIdentity(
  session: ScopeSession,
  results: readonly PushResult[],
  mutations: readonly Mutation[],
  attempt: PushAttempt,
): Promise<void> {
  const reused = new Set(results.filter(isReuse).map(({ id }) => id))
  if (reused.size === 0) return
  const groups = new Set(
    mutations.flatMap(({ id, group }) => (reused.has(id) && group !== undefined ? [group] : [])),
  )
  const theirs = mutations.filter(
    ({ id, group }) => reused.has(id) || (group !== undefined && groups.has(group)),
  )
  attempt.renewals += 1
  if (attempt.renewals > MOST_RENEWALS) {
    const why =
      'The backend says of every new mutation id that it was used before. It will be asked again later.'
    throw new SyncError('PROTOCOL', why, { details: { scope: session.scope } })
  }
  await session.deps.store.submit({
    origin: 'internal',
    keys: theirs.map(keyOf),
    entries: [CLIENT_ENTRY],
    run: (workspace) => {
      workspace.setEntry(CLIENT_ENTRY, JSON.stringify(newIdentity(session.deps.random, session.offset.ms)))
      for (const mutation of theirs) {
        const state = workspace.get(keyOf(mutation))
        if (state === null) continue
        const spec = session.deps.collections.get(mutation.collection)
        if (spec === undefined) continue
        const result = answer(state, mutation.id, { status: 'aborted' }, transitionContext(session, spec, 0))
        workspace.set(keyOf(mutation), result.state)
      }
    },
  })
  const error = new Error(`${theirs.length} mutation ids had been used before`)
  session.deps.logger.log(
    'warning',
    'This store was copied or restored from a backup; it continues as a new client.',
    {
      cause: error.message,
    },
  )
}

function keyOf(mutation: Mutation): RecordKey {
  return { collection: mutation.collection, id: mutation.recordId }
}

function withoutGroup(mutation: Mutation): Mutation {
  const { group: _group, ...rest } = mutation
  return rest
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
