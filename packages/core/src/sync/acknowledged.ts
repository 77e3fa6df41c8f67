/**
 * How a restore of the backend is noticed where the cursor is still known: the writes of each push that the backend
 * acknowledged and the feed has not shown yet, in the entry `acknowledged:<scope>`; and conflicts that show too little.
 *
 * A push does not move the cursor, so a backend that is put back to a moment between this client's last pull and its last
 * push still knows the cursor. But then the feed ends without showing what was acknowledged, and that gives it away (R10).
 *
 * A write that is there just as it was acknowledged proves that the older ones of its push are, or were written over. One
 * that was written over does not: since a restore another client may have put its own in that place. Where that is something
 * sent again because the backend had lost it, it proves the restore.
 */
import { checkFetchResponse } from '../document/check-response.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { RecordState } from '../outbox/record-state.ts'
import { wasSentAgain } from '../outbox/sent-again.ts'
import { remoteState } from '../outbox/transition.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { Change, PushOutcome } from '../protocol/messages.ts'
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import { fetches } from './fetches.ts'
import { request } from './request.ts'
import type { ScopeSession } from './scope-session.ts'

export interface Acknowledged extends RecordKey {
  readonly version: Version
}

/** Writes the backend had at one moment, as of one push, that the feed has not shown: from the oldest to the newest. */
type Awaited = readonly Acknowledged[]

/**
 * A feed that cannot be read for long must not make this grow without bounds: the newest of each of so many pushes is kept,
 * and from the last push on so many writes in all.
 */
const MOST_PUSHES = 100
const MOST_WRITES = 1_000

export function acknowledgedEntry(scope: string): string {
  return `acknowledged:${scope}`
}

/**
 * Remembers writes that the backend had at one moment and the feed has not shown yet. Only versions that sort tell which is the
 * newest. Those of earlier moments stay: the backend may have been put back in between.
 */
export function noteAcknowledged(
  session: ScopeSession,
  workspace: Workspace,
  writes: readonly Acknowledged[],
): void {
  if (writes.length === 0 || !canTell(session.deps.adapter.capabilities)) return
  const name = acknowledgedEntry(session.scope)
  const awaited = writes
    .map(({ collection, id, version }) => ({ collection, id, version }))
    .toSorted((a, b) => (a.version < b.version ? -1 : 1))
  setAwaited(workspace, name, [...parse(workspace.entry(name)), awaited])
}

/**
 * Without older states of what was acknowledged to be deleted, as a replica that has not come as far shows them: no row is left
 * that would tell. Where that is all the backend has, the end of the feed tells (R10).
 */
export function withoutOlder(
  session: ScopeSession,
  workspace: Workspace,
  changes: readonly Change[],
): readonly Change[] {
  const awaited = parse(workspace.entry(acknowledgedEntry(session.scope))).flat()
  if (awaited.length === 0) return changes
  const known = new Map(awaited.map((write) => [slotName(write), write.version]))
  return changes.filter(
    (change) => workspace.get(change) !== null || change.version >= (known.get(slotName(change)) ?? ''),
  )
}

/**
 * Forgets what the feed has shown, as it was acknowledged or written over, and what the former proves to be there. Throws
 * EPOCH_CHANGED, and then nothing of that is to be committed, where one of them was lost and sent again by another client.
 */
export function noteShown(session: ScopeSession, workspace: Workspace, changes: readonly Change[]): void {
  const name = acknowledgedEntry(session.scope)
  const awaited = parse(workspace.entry(name))
  if (awaited.length === 0) return
  throwIfSentAgain(
    session,
    awaited.flat(),
    changes.filter((change) => change.kind !== 'leave'),
  )
  const shown = new Map(changes.map((change) => [slotName(change), change.version]))
  const left = awaited.map((writes) =>
    notProven(writes, shown).filter(
      (write) =>
        // Of a collection the app no longer declares nothing is shown.
        session.deps.collections.has(write.collection) && (shown.get(slotName(write)) ?? '') < write.version,
    ),
  )
  if (left.flat().length < awaited.flat().length) setAwaited(workspace, name, left)
}

/** Those that are newer than all that are there as they were acknowledged. */
function notProven(writes: Awaited, there: ReadonlyMap<string, Version>): Awaited {
  return writes.slice(writes.findLastIndex((write) => there.get(slotName(write)) === write.version) + 1)
}

/**
 * To be called at the end of the feed. Throws EPOCH_CHANGED where the backend no longer has what it acknowledged. What it
 * has and the feed does not show yet, being behind a commit that is under way or a replica, is still waited for: until the
 * feed has shown it, a restore may take it away.
 *
 * @param purged deletes may be forgotten: what is not there at all was deleted, or was lost, and nothing tells which
 */
export async function confirmAcknowledged(session: ScopeSession, purged = false): Promise<void> {
  const { deps, scope } = session
  const awaited = parse((await deps.store.entry(acknowledgedEntry(scope)))?.value ?? null)
    .map((writes) => writes.filter(({ collection }) => deps.collections.has(collection)))
    .filter((writes) => writes.length > 0)
  const newest = awaited.flatMap((writes) => writes.slice(-1))
  const there = await confirmThere(session, newest, purged)
  const older = awaited.flatMap((writes) => notProven(writes, there).slice(0, -1))
  await confirmThere(session, older, purged)
}

/** The versions that are there. Throws EPOCH_CHANGED where one is older than it was, was sent again, or nothing is there. */
async function confirmThere(
  session: ScopeSession,
  writes: readonly Acknowledged[],
  purged: boolean,
): Promise<ReadonlyMap<string, Version>> {
  const { deps, scope, limits } = session
  const there = new Map<string, Version>()
  for (const { collection, ids } of fetches(writes)) {
    const answer = await request(limits, (signal) => deps.adapter.fetch({ scope, collection, ids }, signal))
    const { records } = checkFetchResponse(answer)
    throwIfSentAgain(session, writes, records)
    for (const record of records) there.set(slotName(record), record.version)
  }
  const lost = writes.find((write) => {
    const version = there.get(slotName(write))
    return version === undefined ? !purged : version < write.version
  })
  if (lost !== undefined) throw restored(session, lost)
  return there
}

/**
 * Throws EPOCH_CHANGED where one of the writes was written over by what another client sent again because the backend had
 * lost it: then it had lost the write as well.
 */
function throwIfSentAgain(
  session: ScopeSession,
  writes: readonly Acknowledged[],
  records: readonly RemoteRecord[],
): void {
  const written = new Map(writes.map((write) => [slotName(write), write.version]))
  const again = records.find((record) => {
    const version = written.get(slotName(record))
    if (version === undefined || record.version <= version) return false
    const remote = remoteState(record)
    return remote.document !== null && wasSentAgain(record, remote, remote.document)
  })
  if (again !== undefined) throw restored(session, again)
}

function restored({ scope }: ScopeSession, { collection, id }: RecordKey): SyncError {
  return new SyncError(
    'EPOCH_CHANGED',
    'The backend no longer has what it acknowledged: it was restored from a copy.',
    { details: { scope, collection, id } },
  )
}

/**
 * Whether the answer to its mutation shows less of a record than the mutation was made on: an older state, or nothing of
 * what nobody is known to have deleted. For a client behind a purge no mutation is judged, so it was taken away (R10).
 */
export function showsLoss(
  { deps }: ScopeSession,
  { sync }: RecordState,
  { id, base }: Mutation,
  outcome: PushOutcome,
): boolean {
  if (outcome.status !== 'conflict' || !canTell(deps.adapter.capabilities)) return false
  // What a snapshot did not show is known to be missing already.
  if (sync.inFlight?.id !== id || base === null || sync.missing !== undefined) return false
  if (outcome.current === null && sync.held?.deleted) return false
  return outcome.current === null ? !sync.gone : outcome.current.version < base
}

function setAwaited(workspace: Workspace, name: string, awaited: readonly Awaited[]): void {
  const kept = bounded(awaited.filter((writes) => writes.length > 0))
  workspace.setEntry(name, kept.length === 0 ? null : JSON.stringify(kept))
}

function bounded(awaited: readonly Awaited[]): readonly Awaited[] {
  let room = MOST_WRITES
  return awaited
    .slice(-MOST_PUSHES)
    .toReversed()
    .map((writes) => {
      const kept = writes.slice(-Math.max(1, room))
      room -= kept.length
      return kept
    })
    .toReversed()
}

/** True where versions tell which of two states is the newer, and what is not there was never there or is gone. */
export function canTell({ consistency, orderedVersions }: AdapterCapabilities): boolean {
  return consistency === 'strict' && orderedVersions
}

function parse(value: string | null): readonly Awaited[] {
  return value === null ? [] : (JSON.parse(value) as readonly Awaited[])
}
