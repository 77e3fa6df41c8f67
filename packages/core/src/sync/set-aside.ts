/**
 * Records that could not be read, here or there, or that a snapshot did not show although they were accepted (R2): kept by key
 * in the entry `aside:<scope>` and fetched again, so that they hold up no other (W19).
 */
import { checkFetchResponse } from '../document/check-response.ts'
import { pulled } from '../outbox/pulled.ts'
import { isClean, type RecordState } from '../outbox/record-state.ts'
import type { Outcome, TransitionContext, TransitionEvent } from '../outbox/transition.ts'
import { notThere } from '../outbox/unseen.ts'
import type { DamagedRecord, RecordKey, StoredRecord } from '../ports/storage.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { Change } from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import { damagedError } from '../store/damaged-error.ts'
import { decodeRow } from '../store/record-codec.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import { acknowledgedEntry, canTell, noteAcknowledged } from './acknowledged.ts'
import { type Fetch, fetches } from './fetches.ts'
import { request } from './request.ts'
import { reportError, type ScopeSession, tell, transitionContext } from './scope-session.ts'

/** More than these are not noted; `verify` finds the rest. */
const MOST = 10_000

export interface Aside extends RecordKey {
  /** A write of it that the backend accepted, and that the feed is still to show if it stands. */
  readonly accepted?: Version
}

export function asideEntry(scope: string): string {
  return `aside:${scope}`
}

function parseAside(value: string | null): readonly Aside[] {
  return value === null ? [] : (JSON.parse(value) as readonly Aside[])
}

export function addAside(workspace: Workspace, scope: string, added: readonly Aside[]): void {
  const all = new Map(asideIn(workspace, scope).map((one) => [slotName(one), one]))
  for (const one of added) {
    const { collection, id, accepted } = one
    all.set(slotName(one), { collection, id, ...(accepted === undefined ? {} : { accepted }) })
  }
  setAllAside(workspace, scope, [...all.values()].slice(0, MOST))
}

/** Forgets those of which the feed has shown what was accepted, or something newer. */
export function noteAsideShown(
  { scope, deps }: ScopeSession,
  workspace: Workspace,
  changes: readonly Change[],
): void {
  const aside = asideIn(workspace, scope)
  if (!canTell(deps.adapter.capabilities) || aside.every(({ accepted }) => accepted === undefined)) return
  const shown = new Map(changes.map((change) => [slotName(change), change.version]))
  const left = aside.filter(
    (one) => one.accepted === undefined || (shown.get(slotName(one)) ?? '') < one.accepted,
  )
  if (left.length < aside.length) setAllAside(workspace, scope, left)
}

function asideIn(workspace: Workspace, scope: string): readonly Aside[] {
  return parseAside(workspace.entry(asideEntry(scope)))
}

function setAllAside(workspace: Workspace, scope: string, all: readonly Aside[]): void {
  workspace.setEntry(asideEntry(scope), all.length === 0 ? null : JSON.stringify(all))
}

/** Notes rows that cannot be read, to be fetched with the next round. Answers those that were not noted before. */
export function setAside(session: ScopeSession, keys: readonly RecordKey[]): Promise<readonly RecordKey[]> {
  return session.deps.store.submit({
    origin: 'internal',
    keys: [],
    entries: [asideEntry(session.scope)],
    run: (workspace) => {
      const known = new Set(asideIn(workspace, session.scope).map(slotName))
      addAside(workspace, session.scope, keys)
      return keys.filter((key) => !known.has(slotName(key)))
    },
  })
}

/** The states in rows of an outbox. What cannot be read is set aside and told, and holds up no other. */
export async function readableStates(
  session: ScopeSession,
  rows: readonly (StoredRecord | DamagedRecord)[],
): Promise<readonly RecordState[]> {
  const damaged = rows.filter((row) => 'damaged' in row)
  if (damaged.length > 0) {
    for (const key of await setAside(session, damaged)) reportError(session, damagedError(key), key)
  }
  return rows.flatMap((row) => ('damaged' in row ? [] : [decodeRow(row)]))
}

/** Fetches what was set aside. What still cannot be read stays; what is not there any more is forgotten. */
export async function fetchAside(session: ScopeSession, generation: number): Promise<void> {
  const entry = await session.deps.store.entry(asideEntry(session.scope))
  const keys = parseAside(entry?.value ?? null)
  const declared = keys.filter(({ collection }) => session.deps.collections.has(collection))
  for (const fetch of fetches(declared)) await fetchInto(session, fetch, generation)
}

/** Fetches records by id and takes them as if they had been pulled. Damaged rows are replaced. */
async function fetchInto(
  session: ScopeSession,
  { collection, ids }: Fetch,
  generation: number,
): Promise<void> {
  const { deps, scope, limits } = session
  const answer = await request(limits, (signal) => deps.adapter.fetch({ scope, collection, ids }, signal))
  const { records, unreadable } = checkFetchResponse(answer)
  const still = new Set(unreadable.flatMap(({ id }) => (id === undefined ? [] : [id])))
  const found = new Map(
    records.filter((record) => record.collection === collection).map((record) => [record.id, record]),
  )
  const told = await deps.store.submit({
    origin: 'remote',
    keys: ids.map((id) => ({ collection, id })),
    entries: [asideEntry(scope), acknowledgedEntry(scope)],
    run: (workspace) => {
      const accepted = new Map(asideIn(workspace, scope).map((one) => [slotName(one), one.accepted]))
      const taken = ids.flatMap((id) =>
        still.has(id) ? [] : (take(session, workspace, { collection, id }, found.get(id), generation) ?? []),
      )
      for (const { key } of taken) forget(workspace, scope, key)
      const lookedUp = taken.flatMap(({ key }) => {
        const [version, record] = [accepted.get(slotName(key)), found.get(key.id)]
        return version === undefined || record === undefined ? [] : [{ accepted: version, record }]
      })
      noteLookedUp(session, workspace, lookedUp)
      return taken
    },
  })
  for (const { key, events } of told) tell(session, key, events)
}

interface LookedUp {
  readonly accepted: Version
  readonly record: RemoteRecord
}

/**
 * Notes what the feed is still to show: a snapshot did not show these records, so what is there is newer than that. Until then a
 * restore may take them away, or has already put an older state in their place (R10). Those are noted apart: that others are
 * there proves nothing of them.
 */
function noteLookedUp(session: ScopeSession, workspace: Workspace, lookedUp: readonly LookedUp[]): void {
  const lost = lookedUp.filter(({ accepted, record }) => record.version < accepted)
  // Deleted since, perhaps before the snapshot: then the feed tells no more of it.
  const there = lookedUp.filter(({ accepted, record }) => record.version >= accepted && !record.deleted)
  noteAcknowledged(
    session,
    workspace,
    lost.map(({ accepted, record }) => ({ ...record, version: accepted })),
  )
  noteAcknowledged(
    session,
    workspace,
    there.map(({ record }) => record),
  )
}

interface Taken {
  readonly key: RecordKey
  readonly events: readonly TransitionEvent[]
}

/** Null where it stays set aside. */
function take(
  session: ScopeSession,
  workspace: Workspace,
  key: RecordKey,
  record: RemoteRecord | undefined,
  generation: number,
): Taken | null {
  const context = transitionContext(session, session.deps.collections.get(key.collection)!, generation)
  const current = workspace.get(key)
  if (record === undefined) {
    // Not there: a row that cannot be read has nothing to stand for; it is kept by the storage's own set-aside.
    if (workspace.isDamaged(key)) workspace.set(key, null)
    if (current === null || current.scope !== session.scope || !isClean(current)) return { key, events: [] }
    const { state, events } = notThere(current, false, context)
    workspace.set(key, state)
    return { key, events }
  }
  // Another scope holds its id still: it stays set aside until that is free (R5).
  if (current !== null && current.scope !== session.scope) return null
  const change = { ...record, kind: record.deleted ? ('delete' as const) : ('put' as const) }
  const outcome = takeIfReadable(current, change, key, session, context)
  if (outcome === null) return null
  workspace.set(key, outcome.state)
  return { key, events: outcome.events }
}

/** Null where it still cannot be taken, as where its migration throws: it stays set aside. */
function takeIfReadable(
  current: RecordState | null,
  change: Change,
  key: RecordKey,
  session: ScopeSession,
  context: TransitionContext,
): Outcome | null {
  try {
    return pulled(current, change, { ...key, scope: session.scope }, context)
  } catch (error) {
    session.deps.logger.log('warning', `${slotName(key)} was fetched and still cannot be taken.`, { error })
    return null
  }
}

function forget(workspace: Workspace, scope: string, key: RecordKey): void {
  const left = asideIn(workspace, scope).filter((other) => slotName(other) !== slotName(key))
  setAllAside(workspace, scope, left)
}
