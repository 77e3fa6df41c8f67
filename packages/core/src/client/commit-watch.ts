/** What a commit of the local store means to everyone else: live queries, events, and the engine. */
import type { RecordState } from '../outbox/record-state.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Commit } from '../store/local-store.ts'
import type { OutboxChange } from '../sync/engine-contract.ts'
import type { EventHub } from './event-hub.ts'

type Change = Commit['changes'][number]

/** Tells the events of a commit, and answers how it moved records between lanes. Local collections are passed over. */
export function tellCommit(
  commit: Commit,
  hub: EventHub,
  isSynced: (collection: string) => boolean,
): readonly OutboxChange[] {
  const moved: OutboxChange[] = []
  for (const change of commit.changes) {
    if (!isSynced(change.key.collection)) continue
    const { before, after, origin } = change
    const record = after ?? before
    // A row that could not be read is gone, and was nothing to anyone.
    if (record === null) continue
    const edited = origin === 'local' && after !== null && after.lane !== null
    const from = before?.lane ?? null
    const to = after?.lane ?? null
    if (edited || from !== to) moved.push({ scope: record.scope, before: from, after: to, edited })
    if (edited) tellQueued(change, after, hub)
    else if (origin === 'remote') tellRemote(change, hub)
  }
  return moved
}

/** A record that is only sent again was queued before. */
function tellQueued({ key, before }: Change, after: RecordState, hub: EventHub): void {
  if (before?.sync.time === after.sync.time) return
  const kind = after.document === null ? 'delete' : 'put'
  hub.report('mutationQueued', { collection: key.collection, id: key.id, kind })
}

function tellRemote({ key, before, after }: Change, hub: EventHub): void {
  const had = before?.document ?? null
  const has = after?.document ?? null
  if (had === has) return
  const { collection, id } = key
  if (has === null) {
    hub.report('remoteDelete', { collection, id })
    return
  }
  const name = had === null ? 'remoteInsert' : 'remoteUpdate'
  // Parsed only where somebody listens; nothing counts these.
  if (hub.has(name)) hub.report(name, { collection, id, document: JSON.parse(has) as JsonObject })
}
