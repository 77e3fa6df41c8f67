/** What the backend answered to a push, applied to the records it was about. */
import { answer } from '../outbox/answer.ts'
import type { TransitionContext, TransitionEvent } from '../outbox/transition.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { PushOutcome, PushResponse, PushResult } from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { dropEmptyGroup, groupEntry, uniteGroup } from '../store/groups.ts'
import type { Workspace } from '../store/workspace.ts'
import type { RecordState } from '../outbox/record-state.ts'
import { type Acknowledged, acknowledgedEntry, noteAcknowledged, showsLoss } from './acknowledged.ts'
import { feedEntry, parseFeed, resync as resynced } from './feed-state.ts'
import { groupOutcomes, type SettledMutation } from './group-outcomes.ts'
import { keyOf } from './mutation-key.ts'
import { type Retry, submitRetries } from './push-retries.ts'
import { isReuse } from './renew-identity.ts'
import { type ScopeSession, tell, transitionContext } from './scope-session.ts'
import { addAside, type Aside, asideEntry } from './set-aside.ts'

/** What came of the answers. */
export interface Applied {
  /** When the first record that backs off may be sent; null where none does. */
  readonly nextRetry: number | null
  /** The cursor must be renewed before anything new is taken. */
  readonly resync: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | null
  /** Others have written some of the records since; what they wrote along with them has not come with the answers. */
  readonly behind: boolean
}

interface Accepted {
  readonly awaited: readonly Acknowledged[]
  readonly missing: readonly Aside[]
}

interface Told {
  readonly key: RecordKey
  readonly events: readonly TransitionEvent[]
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
export async function applyAnswers(
  session: ScopeSession,
  mutations: readonly Mutation[],
  response: PushResponse,
  generation: number,
): Promise<Applied> {
  const byId = new Map(response.results.map((result) => [result.id, result]))
  const retries: Retry[] = []
  const settled: SettledMutation[] = []
  let resync: Applied['resync'] = null
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
    const { scope, deps } = session
    const { told, isSetBack } = await deps.store.submit({
      origin: 'remote',
      keys: settled.map(({ mutation }) => keyOf(mutation)),
      entries: [
        ...groupsOf(settled).map(groupEntry),
        ...[acknowledgedEntry, asideEntry, feedEntry].map((entryOf) => entryOf(scope)),
      ],
      run: (workspace) => {
        const { awaited, missing } = acceptedOf(workspace, settled)
        noteAcknowledged(session, workspace, awaited)
        if (missing.length > 0) addAside(workspace, scope, missing)
        return applySettled(session, workspace, settled, generation)
      },
    })
    for (const { key, events } of told) tell(session, key, events)
    if (isSetBack) resync = 'EPOCH_CHANGED'
  }
  const nextRetry = retries.length > 0 ? await submitRetries(session, retries) : null
  return { nextRetry, resync, behind: settled.some(({ outcome }) => outcome.status === 'conflict') }
}

/**
 * What was accepted. `awaited`: the feed will show it. `missing`: a snapshot did not, so it was deleted since, or is newer
 * than that; the feed may never tell which, so it is looked up.
 */
function acceptedOf(workspace: Workspace, settled: readonly SettledMutation[]): Accepted {
  const awaited: Accepted['awaited'][number][] = []
  const missing: Aside[] = []
  for (const { mutation, outcome } of settled) {
    const key = keyOf(mutation)
    const sync = workspace.get(key)?.sync
    // Another process on this store may have pulled it, and so have its answer.
    if (outcome.status !== 'accepted' || sync?.inFlight?.id !== mutation.id) continue
    if (sync.missing !== undefined) missing.push({ ...key, accepted: outcome.version })
    else if ((sync.held?.version ?? '') < outcome.version) awaited.push({ ...key, version: outcome.version })
  }
  return { awaited, missing }
}

function groupsOf(settled: readonly SettledMutation[]): readonly string[] {
  return [...new Set(settled.flatMap(({ mutation }) => mutation.group ?? []))]
}

function applySettled(
  session: ScopeSession,
  workspace: Workspace,
  settled: readonly SettledMutation[],
  generation: number,
): { readonly told: readonly Told[]; readonly isSetBack: boolean } {
  const told: Told[] = []
  let isSetBack = false
  const groups = new Set<string>()
  for (const { mutation, outcome } of groupOutcomes(settled, (mutation) => workspace.get(keyOf(mutation)))) {
    const key = keyOf(mutation)
    const state = workspace.get(key)
    const spec = session.deps.collections.get(mutation.collection)
    if (state === null || spec === undefined) continue
    const context = transitionContext(session, spec, generation)
    const isLoss = showsLoss(session, state, mutation, outcome)
    isSetBack ||= isLoss
    const result = answer(isLoss ? setBack(state, context) : state, mutation.id, outcome, context)
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
  if (isSetBack) beginResync(session, workspace)
  return { told, isSetBack }
}

function setBack(state: RecordState, { recover }: TransitionContext): RecordState {
  return { ...state, sync: { ...state.sync, missing: recover ? 'recover' : 'take' } }
}

/** The backend was restored: with what gave it away, it is noted that all has to be looked at anew (R3, R10). */
function beginResync({ scope, deps }: ScopeSession, workspace: Workspace): void {
  const feed = parseFeed(workspace.entry(feedEntry(scope)))
  if (feed === null || feed.snapshot?.reason === 'epoch') return
  const next = resynced(feed, 'epoch', [...deps.collections.keys()])
  workspace.setEntry(feedEntry(scope), JSON.stringify(next))
  workspace.setEntry(acknowledgedEntry(scope), null)
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
