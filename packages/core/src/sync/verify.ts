/** Comparing what is here with what is there, version by version, and mending it on request. */
import { checkFetchResponse, checkPullResponse } from '../document/check-response.ts'
import type { pulled } from '../outbox/pulled.ts'
import { isClean } from '../outbox/record-state.ts'
import { taken } from '../outbox/settle.ts'
import { remoteState } from '../outbox/transition.ts'
import { unseen } from '../outbox/unseen.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import { decodeRow } from '../store/record-codec.ts'
import { slotName } from '../store/workspace.ts'
import { fetches } from './fetches.ts'
import { request } from './request.ts'
import { type ScopeSession, tell, transitionContext } from './scope-session.ts'

/** Records that differ, by how they do. Records with unsent changes are compared by nobody: they differ rightly. */
export interface Differences {
  checked: number
  readonly missingThere: RecordKey[]
  readonly missingHere: RecordKey[]
  readonly different: RecordKey[]
  readonly damaged: RecordKey[]
}

const PAGE = 500

/**
 * Compares one scope. The scope must have been pulled to its head before, and no round may run meanwhile. What changed
 * on the backend during the comparison is looked at again one by one, so that only real differences remain.
 */
export async function verifyScope(
  session: ScopeSession,
  generation: number,
  repair: boolean,
  found: Differences,
): Promise<void> {
  const suspects = new Map<string, RecordKey>()
  const there = await compareSnapshot(session, suspects, found)
  await compareRows(session, there, suspects, found)
  await confirm(session, [...suspects.values()], generation, repair, found)
}

async function compareSnapshot(
  session: ScopeSession,
  suspects: Map<string, RecordKey>,
  found: Differences,
): Promise<ReadonlySet<string>> {
  const { deps, scope, limits } = session
  const collections = [...deps.collections.keys()].map((name) => ({ name }))
  const there = new Set<string>()
  for (let cursor: string | null = null; ;) {
    const message = { scope, collections, cursor, limit: PAGE }
    const { response } = checkPullResponse(
      await request(limits, (signal) => deps.adapter.pull(message, signal)),
    )
    const puts = response.changes.filter(({ kind }) => kind === 'put')
    const rows = await deps.store.storage.read(puts)
    for (const [index, change] of puts.entries()) {
      const key = { collection: change.collection, id: change.id }
      there.add(slotName(key))
      found.checked += 1
      const row = rows[index]
      if (row === undefined || 'damaged' in row) suspects.set(slotName(key), key)
      else if (isClean(decodeRow(row)) && decodeRow(row).sync.version !== change.version)
        suspects.set(slotName(key), key)
    }
    if (!response.hasMore || response.cursor === cursor) return there
    cursor = response.cursor
    session.progress()
  }
}

async function compareRows(
  session: ScopeSession,
  there: ReadonlySet<string>,
  suspects: Map<string, RecordKey>,
  found: Differences,
): Promise<void> {
  const { store, collections } = session.deps
  for (const collection of collections.keys()) {
    for (let after: string | null = null; ;) {
      const rows = await store.storage.scan({ collection, after, limit: PAGE })
      for (const row of rows) {
        const key = { collection, id: row.id }
        if ('damaged' in row) {
          found.damaged.push(key)
          suspects.set(slotName(key), key)
        } else if (row.scope === session.scope && row.lane === null && !there.has(slotName(key))) {
          suspects.set(slotName(key), key)
        }
      }
      if (rows.length < PAGE) break
      after = rows.at(-1)!.id
    }
  }
}

/** Looks at each suspect again, both sides at once. */
async function confirm(
  session: ScopeSession,
  suspects: readonly RecordKey[],
  generation: number,
  repair: boolean,
  found: Differences,
): Promise<void> {
  const { deps, scope, limits } = session
  for (const { collection, ids } of fetches(suspects)) {
    const answer = await request(limits, (signal) => deps.adapter.fetch({ scope, collection, ids }, signal))
    const { records } = checkFetchResponse(answer)
    const byId = new Map(records.map((record) => [record.id, record]))
    const keys = ids.map((id) => ({ collection, id }))
    const told = await deps.store.submit({
      origin: 'remote',
      keys,
      run: (workspace) =>
        keys.map((key) => {
          const kind = differenceOf(session, workspace.get(key), workspace.isDamaged(key), byId.get(key.id))
          const mended =
            repair && kind !== null ? mend(session, workspace, key, byId.get(key.id), generation) : []
          return { key, kind, events: mended }
        }),
    })
    for (const { key, kind, events } of told) {
      if (kind !== null && kind !== 'damaged') found[kind].push(key)
      tell(session, key, events)
    }
  }
}

type Kind = 'missingThere' | 'missingHere' | 'different' | 'damaged'

function differenceOf(
  session: ScopeSession,
  state: ReturnType<typeof decodeRow> | null,
  damaged: boolean,
  record: RemoteRecord | undefined,
): Kind | null {
  if (damaged) return 'damaged'
  if (state === null) return record === undefined || record.deleted ? null : 'missingHere'
  if (!isClean(state) || state.scope !== session.scope) return null
  if (record === undefined) return 'missingThere'
  const { version } = state.sync
  // Newer here than there a moment ago: it was pulled while this looked.
  const isNewer = session.deps.adapter.capabilities.orderedVersions && (version ?? '') > record.version
  if (version === record.version || isNewer) return null
  return record.deleted ? 'missingThere' : 'different'
}

function mend(
  session: ScopeSession,
  workspace: Parameters<Parameters<typeof session.deps.store.submit>[0]['run']>[0],
  key: RecordKey,
  record: RemoteRecord | undefined,
  generation: number,
): ReturnType<typeof pulled>['events'] {
  const context = transitionContext(session, session.deps.collections.get(key.collection)!, generation)
  const current = workspace.get(key)
  const origin = { ...key, scope: session.scope }
  if (record === undefined) {
    // Nothing is there, not even a tombstone: the backend lost it, so it is sent again.
    if (current === null) return []
    const { generation: _generation, ...sync } = current.sync
    const outcome = unseen({ ...current, sync }, true, context)
    workspace.set(key, outcome.state)
    return outcome.events
  }
  workspace.set(key, taken(origin, remoteState(record), context))
  return []
}
