/** One push of one scope: what is unanswered is sent again, else what waits is frozen and sent. */
import { checkPushResponse } from '../document/check-response.ts'
import { answer, unanswered } from '../outbox/answer.ts'
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import type { ErrorCode } from '../errors/codes.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { PushOutcome, PushRequest, PushResponse, PushResult } from '../protocol/messages.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { RecordKey } from '../ports/storage.ts'
import { dropEmptyGroup, uniteGroup } from '../store/groups.ts'
import { decodeRow } from '../store/record-codec.ts'
import type { Workspace } from '../store/workspace.ts'
import { CLIENT_ENTRY, newIdentity, splitMutationId } from './client-identity.ts'
import type { FeedState } from './feed-state.ts'
import { pushCursor } from './feed-state.ts'
import { freezeBatch, MAX_BATCH_CHARACTERS } from './freeze-batch.ts'
import { groupOutcomes } from './group-outcomes.ts'
import { request } from './request.ts'
import { noteServerTime, type ScopeSession, tell, transitionContext } from './scope-session.ts'
import { backoffMs } from './sync-state.ts'

/** How many mutations go into one request: halved after three unknown answers in a row, doubled by an answer (W4). */
export interface BatchLimit {
  current: number
  readonly most: number
  unknownInARow: number
}

export interface PushResultOfBatch {
  /** More may be sent at once. */
  readonly more: boolean
  /** When the first record that backs off may be sent; null where none does. */
  readonly nextRetry: number | null
  /** The cursor must be renewed before anything new is taken. */
  readonly resync: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | null
}

const NOTHING_SENT: PushResultOfBatch = { more: false, nextRetry: null, resync: null }

/**
 * Sends one batch. Rejects with the SyncError of a request that failed as a whole; what it held is then unknown and
 * stays in flight.
 */
export async function pushBatch(
  session: ScopeSession,
  feed: FeedState,
  limit: BatchLimit,
  ignoreBackoff: boolean,
): Promise<PushResultOfBatch> {
  const cursor = pushCursor(feed)
  if (cursor === null) return NOTHING_SENT
  const again = await unansweredBatch(session, limit.current, ignoreBackoff)
  const fresh =
    again.mutations.length > 0
      ? null
      : await freezeBatch(session, limit.current, feed.generation, ignoreBackoff)
  const mutations = fresh?.mutations ?? again.mutations
  const nextRetry = earliest(again.nextRetry, fresh?.nextRetry ?? null)
  if (mutations.length === 0) return { ...NOTHING_SENT, nextRetry }
  const response = await send(session, { feed, cursor, mutations, inFlight: again.inFlight }, limit)
  const applied = await applyAnswers(session, mutations, response, feed.generation)
  await renewIdentity(session, response.results, mutations)
  return {
    more: applied.settled > 0,
    nextRetry: earliest(nextRetry, applied.nextRetry),
    resync: applied.resync,
  }
}

/** Mutations in flight that may be sent again, all of one client id; groups whole. */
async function unansweredBatch(
  session: ScopeSession,
  limit: number,
  ignoreBackoff: boolean,
): Promise<{
  readonly mutations: readonly Mutation[]
  readonly nextRetry: number | null
  /** All that is in flight, also what backs off. */
  readonly inFlight: readonly string[]
}> {
  const { store, clock, collections } = session.deps
  const now = clock.now()
  const mutations: Mutation[] = []
  let nextRetry: number | null = null
  let characters = 0
  const rows = await store.storage.outbox({ lane: 'sending', scope: session.scope, after: -1, limit: 10_000 })
  const states = rows.flatMap((row) => ('damaged' in row ? [] : [decodeRow(row)]))
  const sendable = states.filter(({ sync, collection }) => {
    if (sync.inFlight === undefined || !collections.has(collection)) return false
    const waits = !ignoreBackoff && sync.retryAt !== undefined && sync.retryAt > now
    if (waits) nextRetry = earliest(nextRetry, sync.retryAt!)
    return !waits
  })
  sendable.sort((a, b) => splitMutationId(a.sync.inFlight!.id).n - splitMutationId(b.sync.inFlight!.id).n)
  const clientId = sendable[0] === undefined ? null : splitMutationId(sendable[0].sync.inFlight!.id).clientId
  for (const unit of unitsOf(
    sendable.filter(({ sync }) => splitMutationId(sync.inFlight!.id).clientId === clientId),
  )) {
    characters += unit.reduce(
      (sum, { document, base }) => sum + (document?.length ?? 0) + (base?.length ?? 0),
      0,
    )
    const full = mutations.length + unit.length > limit || characters > MAX_BATCH_CHARACTERS
    if (mutations.length > 0 && full) break
    mutations.push(...unit.map(({ sync }) => sync.inFlight!))
  }
  const inFlight = states.flatMap(({ sync }) => (sync.inFlight === undefined ? [] : [sync.inFlight.id]))
  return { mutations, nextRetry, inFlight }
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

function unitsOf(states: readonly RecordState[]): readonly (readonly RecordState[])[] {
  const units = new Map<string, RecordState[]>()
  for (const state of states) {
    const { id, group } = state.sync.inFlight!
    const name = group === undefined ? `m:${id}` : `g:${group}`
    const unit = units.get(name)
    if (unit === undefined) units.set(name, [state])
    else unit.push(state)
  }
  return [...units.values()]
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
  try {
    const response = checkPushResponse(
      await request(limits, (signal) => deps.adapter.push(message, signal)),
    ).response
    noteServerTime(session, sentAt, response.serverTime)
    limit.unknownInARow = 0
    limit.current = Math.min(limit.most, limit.current * 2)
    session.progress()
    return response
  } catch (error) {
    if (isSyncError(error) && leavesOutcomeUnknown(error))
      await noteUnknown(session, batch.mutations, limit, error)
    throw error
  }
}

/** A record that fails alone backs off alone, so that the others get their turn (W19). */
async function noteUnknown(
  session: ScopeSession,
  mutations: readonly Mutation[],
  limit: BatchLimit,
  error: SyncError,
): Promise<void> {
  limit.unknownInARow += 1
  if (limit.unknownInARow % 3 !== 0) return
  const units = new Set(mutations.map(({ id, group }) => group ?? id))
  if (units.size > 1) {
    limit.current = Math.max(1, Math.floor(Math.min(limit.current, mutations.length) / 2))
    return
  }
  await submitRetries(
    session,
    mutations.map((mutation) => ({ mutation, code: error.code })),
  )
}

/** Offline and signed out say nothing of the mutations sent. */
function leavesOutcomeUnknown(error: SyncError): boolean {
  return ![
    'NETWORK',
    'UNAUTHENTICATED',
    'ABORTED',
    'CLOSED',
    'EPOCH_CHANGED',
    'CURSOR_EXPIRED',
    'RATE_LIMITED',
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
  const told = await deps.store.submit({
    origin: 'internal',
    keys: retries.map(({ mutation }) => keyOf(mutation)),
    run: (workspace) =>
      retries.flatMap(({ mutation, code, retryAfterMs }) => {
        const state = workspace.get(keyOf(mutation))
        if (state?.sync.inFlight?.id !== mutation.id) return []
        const wait = backoffMs(state.sync.attempts ?? 0, deps.random.next(), {
          ...deps.settings,
          stallAfterMs: 0,
        })
        const next = unanswered(state, now + Math.max(wait, retryAfterMs ?? 0))
        workspace.set(keyOf(mutation), next)
        return [{ key: keyOf(mutation), code, attempts: next.sync.attempts!, retryAt: next.sync.retryAt! }]
      }),
  })
  for (const { key, code, attempts, retryAt } of told) {
    deps.report('mutationFailed', { collection: key.collection, id: key.id, code, attempts, retryAt })
  }
  return told.reduce<number | null>((least, { retryAt }) => earliest(least, retryAt), null)
}

/** Applies all answers in one commit; what has none stays in flight. */
async function applyAnswers(
  session: ScopeSession,
  mutations: readonly Mutation[],
  response: PushResponse,
  generation: number,
): Promise<{
  readonly settled: number
  readonly nextRetry: number | null
  readonly resync: PushResultOfBatch['resync']
}> {
  const byId = new Map(response.results.map((result) => [result.id, result]))
  const retries: Retry[] = []
  const settled: {
    readonly mutation: Mutation
    readonly outcome: Exclude<PushOutcome, { status: 'retry' }>
  }[] = []
  let resync: PushResultOfBatch['resync'] = null
  for (const mutation of mutations) {
    const result = byId.get(mutation.id) ?? {
      id: mutation.id,
      status: 'retry' as const,
      code: 'PROTOCOL' as const,
    }
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
      run: (workspace) => applySettled(session, workspace, settled, generation),
    })
    for (const { key, events: told } of events) tell(session, key, told)
  }
  const nextRetry = retries.length > 0 ? await submitRetries(session, retries) : null
  return { settled: settled.length, nextRetry, resync }
}

function applySettled(
  session: ScopeSession,
  workspace: Workspace,
  settled: readonly {
    readonly mutation: Mutation
    readonly outcome: Exclude<PushOutcome, { status: 'retry' }>
  }[],
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

function isReuse(result: PushResult): boolean {
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
): Promise<void> {
  const reused = new Set(results.filter(isReuse).map(({ id }) => id))
  const theirs = mutations.filter(({ id }) => reused.has(id))
  if (theirs.length === 0) return
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

export function keyOf(mutation: Mutation): RecordKey {
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
