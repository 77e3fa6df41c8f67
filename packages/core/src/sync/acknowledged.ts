/**
 * The last write the backend acknowledged and the feed has not shown yet: the entry `acknowledged:<scope>`.
 *
 * A push does not move the cursor, so a backend that is put back to a moment between this client's last pull and its last
 * push still knows the cursor. But then the feed ends without showing what was acknowledged, and that gives it away (R3).
 */
import { checkFetchResponse } from '../document/check-response.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { AdapterCapabilities } from '../ports/adapter.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { Change } from '../protocol/messages.ts'
import type { Workspace } from '../store/workspace.ts'
import { request } from './request.ts'
import type { ScopeSession } from './scope-session.ts'

interface Acknowledged {
  readonly collection: string
  readonly id: string
  readonly version: Version
}

export function acknowledgedEntry(scope: string): string {
  return `acknowledged:${scope}`
}

/** Remembers the newest of these writes. Only versions that sort tell which that is. */
export function noteAcknowledged(
  session: ScopeSession,
  workspace: Workspace,
  writes: readonly Acknowledged[],
): void {
  if (!canTell(session.deps.adapter.capabilities)) return
  const name = acknowledgedEntry(session.scope)
  let newest = parse(workspace.entry(name))
  for (const { collection, id, version } of writes) {
    if (newest === null || version > newest.version) newest = { collection, id, version }
  }
  if (newest !== null) workspace.setEntry(name, JSON.stringify(newest))
}

/** Forgets it once the feed has shown it, or something newer of that record. */
export function noteShown(session: ScopeSession, workspace: Workspace, changes: readonly Change[]): void {
  const name = acknowledgedEntry(session.scope)
  const awaited = parse(workspace.entry(name))
  if (awaited === null) return
  const isShown = changes.some(
    ({ collection, id, version }) =>
      id === awaited.id && collection === awaited.collection && version >= awaited.version,
  )
  if (isShown) workspace.setEntry(name, null)
}

/**
 * To be called at the end of the feed. Throws EPOCH_CHANGED where the backend no longer has what it acknowledged. What a
 * snapshot leaves out (a delete) is looked up.
 */
export async function confirmAcknowledged(session: ScopeSession): Promise<void> {
  const { deps, scope, limits } = session
  const name = acknowledgedEntry(scope)
  const awaited = parse((await deps.store.entry(name))?.value ?? null)
  if (awaited === null) return
  if (deps.collections.has(awaited.collection)) {
    const { collection, id, version } = awaited
    const answer = await request(limits, (signal) =>
      deps.adapter.fetch({ scope, collection, ids: [id] }, signal),
    )
    const found = checkFetchResponse(answer).records.find((record) => record.id === id)
    if (found === undefined || found.version < version) {
      throw new SyncError(
        'EPOCH_CHANGED',
        'The backend no longer has what it acknowledged: it was restored from a copy.',
        {
          details: { scope, collection, id },
        },
      )
    }
  }
  await deps.store.submit({
    origin: 'internal',
    keys: [],
    entries: [name],
    run: (workspace) => {
      if (parse(workspace.entry(name))?.version === awaited.version) workspace.setEntry(name, null)
    },
  })
}

function canTell({ consistency, orderedVersions }: AdapterCapabilities): boolean {
  return consistency === 'strict' && orderedVersions
}

function parse(value: string | null): Acknowledged | null {
  return value === null ? null : (JSON.parse(value) as Acknowledged)
}
