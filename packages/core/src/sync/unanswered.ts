/** What is in flight without an answer, to be sent again as it is (W9); groups whole (W14). */
import { isBackingOff, type RecordState } from '../outbox/record-state.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { groupEntry, parseMembers } from '../store/groups.ts'
import { splitMutationId } from './client-identity.ts'
import { MAX_BATCH_CHARACTERS } from './freeze-batch.ts'
import type { ScopeSession } from './scope-session.ts'
import { readableStates } from './set-aside.ts'

/** Mutations that are answered together: one, or a group. */
type Unit = readonly (RecordState & { readonly sync: { readonly inFlight: Mutation } })[]

export interface Unanswered {
  /** May be sent, and has not failed for reasons of its own: it goes first. */
  readonly first: readonly Unit[]
  /** Has failed before, and its wait is over: it goes last, so that it holds up no other (W19). */
  readonly last: readonly Unit[]
  /** When the first of those that still wait may be sent. */
  readonly nextRetry: number | null
  /** The ids of all that is in flight. */
  readonly ids: readonly string[]
}

/** Reads what is in flight. `hurried` names mutations that are sent although they back off. */
export async function readUnanswered(
  session: ScopeSession,
  hurried: (mutationId: string) => boolean,
): Promise<Unanswered> {
  const { store, clock, collections } = session.deps
  const now = clock.now()
  const rows = await store.storage.outbox({ lane: 'sending', scope: session.scope, after: -1, limit: 10_000 })
  const states = (await readableStates(session, rows)).filter(isInFlight)
  states.sort((a, b) => numberOf(a) - numberOf(b))
  const first: Unit[] = []
  const last: Unit[] = []
  let nextRetry: number | null = null
  for (const unit of unitsOf(states)) {
    if (unit.some(({ collection }) => !collections.has(collection))) continue
    if (await isPartOnly(session, unit)) continue
    const waits = unit.filter(({ sync }) => isBackingOff(sync, now) && !hurried(sync.inFlight.id))
    if (waits.length > 0) {
      const until = Math.max(...waits.map(({ sync }) => sync.retryAt!))
      nextRetry = nextRetry === null ? until : Math.min(nextRetry, until)
    } else if (unit.some(({ sync }) => sync.attempts !== undefined)) last.push(unit)
    else first.push(unit)
  }
  return { first, last, nextRetry, ids: states.map(({ sync }) => sync.inFlight.id) }
}

/** True for a group of which one record is of a collection the app no longer declares: it is never sent in parts (W14). */
async function isPartOnly({ deps: { store } }: ScopeSession, unit: Unit): Promise<boolean> {
  const { group } = unit[0]!.sync.inFlight
  if (group === undefined) return false
  const members = parseMembers((await store.entry(groupEntry(group)))?.value ?? null)
  return members.some(({ collection }) => !store.isDeclared(collection))
}

/** As many of the units as go into one request: all of one client id, at least one unit. */
export function batchOf(units: readonly Unit[], limit: number): readonly Mutation[] {
  const mutations: Mutation[] = []
  let characters = 0
  const clientId = units[0] === undefined ? null : clientOf(units[0])
  for (const unit of units) {
    if (clientOf(unit) !== clientId) continue
    for (const { document, base } of unit) characters += (document?.length ?? 0) + (base?.length ?? 0)
    const full = mutations.length + unit.length > limit || characters > MAX_BATCH_CHARACTERS
    if (mutations.length > 0 && full) break
    for (const { sync } of unit) mutations.push(sync.inFlight)
  }
  return mutations
}

function unitsOf(states: readonly Unit[number][]): readonly Unit[] {
  const units = new Map<string, Unit[number][]>()
  for (const state of states) {
    const { id, group } = state.sync.inFlight
    const name = group === undefined ? `m:${id}` : `g:${group}`
    const unit = units.get(name)
    if (unit === undefined) units.set(name, [state])
    else unit.push(state)
  }
  return [...units.values()]
}

function isInFlight(state: RecordState): state is Unit[number] {
  return state.sync.inFlight !== undefined
}

function numberOf({ sync }: Unit[number]): number {
  return splitMutationId(sync.inFlight.id).n
}

function clientOf(unit: Unit): string {
  return splitMutationId(unit[0]!.sync.inFlight.id).clientId
}
