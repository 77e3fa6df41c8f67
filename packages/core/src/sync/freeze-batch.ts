/** Choosing what to send next, and freezing it (W2, W3, W14). */
import { freeze } from '../outbox/freeze.ts'
import { park } from '../outbox/settle.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { RecordKey } from '../ports/storage.ts'
import {
  dropEmptyGroup,
  groupEntry,
  groupMembers,
  listedMembers,
  parseMembers,
  uniteGroup,
} from '../store/groups.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import { CLIENT_ENTRY, newIdentity, parseIdentity } from './client-identity.ts'
import { type ScopeSession, tell, transitionContext } from './scope-session.ts'
import { readableStates } from './set-aside.ts'

/** At least so many rows are looked through at a time for some that may be sent. */
const LEAST_LOOK_AHEAD = 100

/** Documents of a batch together, in characters of JSON text, about. */
export const MAX_BATCH_CHARACTERS = 4_000_000

/** Records that are sent together: one alone, or a group with all that was ever listed in it. */
interface Unit {
  readonly group: string | null
  readonly keys: readonly RecordKey[]
}

interface Told {
  readonly key: RecordKey
  readonly events: readonly TransitionEvent[]
}

/** Freezes up to `limit` waiting records of the scope, in the order of their first local commit. */
export async function freezeBatch(
  session: ScopeSession,
  limit: number,
  generation: number,
): Promise<readonly Mutation[]> {
  // Groups that have a member in flight still: looked at once, then left for the next time.
  const blocked = new Set<string>()
  for (let after = -1; ;) {
    const page = await waitingPage(session, after, Math.max(limit, LEAST_LOOK_AHEAD))
    if (page.states.length === 0 && page.last === null) return []
    const units = await choose(session, page.states, limit, blocked)
    if (units.length > 0) {
      const mutations = await freezeUnits(session, units, generation, blocked)
      if (mutations.length > 0) return mutations
      // All of them vanished or were blocked: the same page shows others now.
      continue
    }
    if (page.last === null) return []
    after = page.last
  }
}

async function waitingPage(
  session: ScopeSession,
  after: number,
  lookAhead: number,
): Promise<{ readonly states: readonly RecordState[]; readonly last: number | null }> {
  const { storage } = session.deps.store
  const rows = await storage.outbox({ lane: 'waiting', scope: session.scope, after, limit: lookAhead })
  const states = await readableStates(session, rows)
  return { states, last: rows.length < lookAhead ? null : rows.at(-1)!.order }
}

async function choose(
  session: ScopeSession,
  states: readonly RecordState[],
  limit: number,
  blocked: ReadonlySet<string>,
): Promise<readonly Unit[]> {
  const { deps } = session
  const units: Unit[] = []
  const seenGroups = new Set<string>()
  let count = 0
  let characters = 0
  for (const state of states) {
    const { group } = state.sync
    if (!deps.collections.has(state.collection)) continue
    if (group !== undefined && (seenGroups.has(group) || blocked.has(group))) continue
    const keys = group === undefined ? [state] : await membersOf(session, group, states)
    if (group !== undefined) seenGroups.add(group)
    // One of them is of a collection the app no longer declares: the others wait with it.
    if (!keys.every(({ collection }) => deps.store.isDeclared(collection))) continue
    characters += (state.document?.length ?? 0) + (state.base?.length ?? 0)
    if (count > 0 && (count + keys.length > limit || characters > MAX_BATCH_CHARACTERS)) break
    units.push({ group: group ?? null, keys })
    count += keys.length
    if (count >= limit) break
  }
  return units
}

/** What the group lists, and what says of itself that it belongs to it: a list may have been damaged. */
async function membersOf(
  session: ScopeSession,
  group: string,
  states: readonly RecordState[],
): Promise<readonly RecordKey[]> {
  const entry = await session.deps.store.entry(groupEntry(group))
  const members = parseMembers(entry?.value ?? null)
  const listed = new Set(members.map(slotName))
  return [...members, ...states.filter((state) => state.sync.group === group && !listed.has(slotName(state)))]
}

async function freezeUnits(
  session: ScopeSession,
  units: readonly Unit[],
  generation: number,
  blocked: Set<string>,
): Promise<readonly Mutation[]> {
  const { mutations, told } = await session.deps.store.submit({
    origin: 'internal',
    keys: units.flatMap(({ keys }) => keys),
    entries: [CLIENT_ENTRY],
    flush: true,
    run: (workspace) => {
      const stored = parseIdentity(workspace.entry(CLIENT_ENTRY)) ?? newIdentity(session.deps.random)
      let { next } = stored
      const mutations: Mutation[] = []
      const told: Told[] = []
      for (const unit of units) {
        if (unit.group !== null) {
          relist(workspace, unit.group, unit.keys)
          told.push(...parkRest(workspace, unit.group, session.deps.clock.now()))
          told.push(...parkTooLarge(session, workspace, unit.group))
        }
        for (const state of sendable(session, workspace, unit, blocked)) {
          const spec = session.deps.collections.get(state.collection)!
          const context = transitionContext(session, spec, generation)
          const frozen = freeze(state, `${stored.id}.${next}`, context)
          workspace.set(state, frozen.state)
          if (frozen.mutation === null) continue
          mutations.push(frozen.mutation)
          next += 1
        }
        if (unit.group !== null) dropEmptyGroup(workspace, unit.group)
      }
      workspace.setEntry(CLIENT_ENTRY, JSON.stringify({ ...stored, next, offsetMs: session.offset.ms }))
      return { mutations, told }
    },
  })
  for (const { key, events } of told) tell(session, key, events)
  return mutations
}

/** Lists those that belong to the group and were not listed: else nobody would ever send them. */
function relist(workspace: Workspace, group: string, keys: readonly RecordKey[]): void {
  const listed = new Set(listedMembers(workspace, group).map(slotName))
  const missing = keys.filter((key) => !listed.has(slotName(key)) && workspace.get(key)?.sync.group === group)
  if (missing.length > 0) uniteGroup(workspace, group, missing)
}

/** The records of a unit, if all of them can go now: a group waits for a member that is still in flight. */
function sendable(
  session: ScopeSession,
  workspace: Workspace,
  unit: Unit,
  blocked: Set<string>,
): readonly RecordState[] {
  const states = unit.keys.flatMap((key) => workspace.get(key) ?? [])
  if (unit.group === null)
    return states.filter(({ lane, sync }) => lane === 'waiting' && sync.group === undefined)
  // As listed now: others may have joined since the unit was chosen.
  const members = groupMembers(workspace, unit.group)
  if (
    members.every(({ lane, collection }) => lane === 'waiting' && session.deps.collections.has(collection))
  ) {
    return members.toSorted((a, b) => a.order - b.order)
  }
  blocked.add(unit.group)
  return []
}

/** A group of which one was parked, by a pull, parks whole (W14). */
function parkRest(workspace: Workspace, group: string, now: number): readonly Told[] {
  const members = groupMembers(workspace, group)
  const culprit = members.find(({ lane }) => lane === 'parked')
  if (culprit === undefined || members.some(({ lane }) => lane === 'sending')) return []
  const { code, reason: why } = culprit.sync.parked!
  const reason = `Not sent: ${slotName(culprit)} of the same transaction is parked: ${why}`
  return members.flatMap((state) => {
    if (state.lane !== 'waiting') return []
    const outcome = park(state, { code, reason, at: now })
    workspace.set(state, outcome.state)
    return [{ key: state, events: outcome.events }]
  })
}

/** Transactions that share a record may have become one group since: one no request can hold parks whole (W14). */
function parkTooLarge(session: ScopeSession, workspace: Workspace, group: string): readonly Told[] {
  const { maxBatch } = session.deps.adapter.capabilities
  const members = groupMembers(workspace, group)
  if (members.length <= maxBatch || members.some(({ lane }) => lane !== 'waiting')) return []
  const reason = `Transactions that share records grew to ${members.length} changes; the backend takes ${maxBatch} at once.`
  return members.map((state) => {
    const outcome = park(state, { code: 'GROUP_TOO_LARGE', reason, at: session.deps.clock.now() })
    workspace.set(state, outcome.state)
    return { key: state, events: outcome.events }
  })
}
