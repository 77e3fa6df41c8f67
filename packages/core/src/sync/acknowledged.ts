/**
 * How a restore of the backend is noticed where the cursor is still known: the last write of each push that the backend
 * acknowledged and the feed has not shown yet, in the entry `acknowledged:<scope>`; and conflicts that show too little.
 *
 * A push does not move the cursor, so a backend that is put back to a moment between this client's last pull and its last
 * push still knows the cursor. But then the feed ends without showing what was acknowledged, and that gives it away (R10).
 */
import { checkFetchResponse } from '../document/check-response.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { Change, PushOutcome } from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import { request } from './request.ts'
import type { ScopeSession } from './scope-session.ts'

export interface Acknowledged extends RecordKey {
  readonly version: Version
}

/** A feed that cannot be read for long must not make this grow without bounds. */
const MOST_AWAITED = 100

export function acknowledgedEntry(scope: string): string {
  return `acknowledged:${scope}`
}

/**
 * Remembers the newest of these writes, which the backend had at one moment and the feed has not shown yet. Only versions that
 * sort tell which that is. Earlier ones stay: the backend may have been put back in between.
 */
export function noteAcknowledged(
  session: ScopeSession,
  workspace: Workspace,
  writes: readonly Acknowledged[],
): void {
  if (!canTell(session.deps.adapter.capabilities)) return
  const name = acknowledgedEntry(session.scope)
  let newest: Acknowledged | null = null
  for (const { collection, id, version } of writes) {
    if (newest === null || version > newest.version) newest = { collection, id, version }
  }
  if (newest !== null)
    setAwaited(workspace, name, [...parse(workspace.entry(name)).slice(-MOST_AWAITED), newest])
}

/** Forgets it once the feed has shown it, or something newer of that record. */
export function noteShown(session: ScopeSession, workspace: Workspace, changes: readonly Change[]): void {
  const name = acknowledgedEntry(session.scope)
  const awaited = parse(workspace.entry(name))
  if (awaited.length === 0) return
  const shown = new Map(changes.map((change) => [slotName(change), change.version]))
  // Of a collection the app no longer declares nothing is shown.
  const left = awaited.filter(
    (write) =>
      session.deps.collections.has(write.collection) && (shown.get(slotName(write)) ?? '') < write.version,
  )
  if (left.length < awaited.length) setAwaited(workspace, name, left)
}

/**
 * To be called at the end of the feed. Throws EPOCH_CHANGED where the backend no longer has what it acknowledged. What it
 * has and the feed does not show yet, being behind a commit that is under way or a replica, is still waited for: until the
 * feed has shown it, a restore may take it away.
 *
 * @param purged deletes may be forgotten: what is not there at all was deleted, or was lost, and nothing tells which
 */
export async function confirmAcknowledged(session: ScopeSession, purged = false): Promise<void> {
  const { deps, scope, limits } = session
  const name = acknowledgedEntry(scope)
  const awaited = parse((await deps.store.entry(name))?.value ?? null)
  if (awaited.length === 0) return
  for (const collection of new Set(awaited.map((write) => write.collection))) {
    if (!deps.collections.has(collection)) continue
    const writes = awaited.filter((write) => write.collection === collection)
    const ids = [...new Set(writes.map(({ id }) => id))]
    const answer = await request(limits, (signal) => deps.adapter.fetch({ scope, collection, ids }, signal))
    const found = new Map(checkFetchResponse(answer).records.map(({ id, version }) => [id, version]))
    const lost = writes.find(({ id, version }) => {
      const there = found.get(id)
      return there === undefined ? !purged : there < version
    })
    if (lost === undefined) continue
    throw new SyncError(
      'EPOCH_CHANGED',
      'The backend no longer has what it acknowledged: it was restored from a copy.',
      { details: { scope, collection, id: lost.id } },
    )
  }
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

function setAwaited(workspace: Workspace, name: string, awaited: readonly Acknowledged[]): void {
  workspace.setEntry(name, awaited.length === 0 ? null : JSON.stringify(awaited))
}

/** True where versions tell which of two states is the newer, and what is not there was never there or is gone. */
export function canTell({ consistency, orderedVersions }: AdapterCapabilities): boolean {
  return consistency === 'strict' && orderedVersions
}

function parse(value: string | null): readonly Acknowledged[] {
  return value === null ? [] : (JSON.parse(value) as readonly Acknowledged[])
}
