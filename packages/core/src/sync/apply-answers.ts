/** What the backend answered to a push, applied to the records it was about. */
import { answer } from '../outbox/answer.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { PushOutcome, PushResponse, PushResult } from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { dropEmptyGroup, groupEntry, uniteGroup } from '../store/groups.ts'
import type { Workspace } from '../store/workspace.ts'
import { acknowledgedEntry, noteAcknowledged } from './acknowledged.ts'
import { groupOutcomes, type SettledMutation } from './group-outcomes.ts'
import { keyOf } from './mutation-key.ts'
import { type Retry, submitRetries } from './push-retries.ts'
import { isReuse } from './renew-identity.ts'
import { type ScopeSession, tell, transitionContext } from './scope-session.ts'

/** What came of the answers. */
export interface Applied {
  /** When the first record that backs off may be sent; null where none does. */
  readonly nextRetry: number | null
  /** The cursor must be renewed before anything new is taken. */
  readonly resync: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | null
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
