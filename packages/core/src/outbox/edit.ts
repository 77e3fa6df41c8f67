/** A local edit: the app saved, updated or deleted a record. */
import type { Hlc } from '../protocol/identifiers.ts'
import type { RecordKey } from '../ports/storage.ts'
import { BACKOFF, baseText, type RecordState, type SyncState, withoutSync } from './record-state.ts'

export interface Edit extends RecordKey {
  /** The scope of a new record. */
  readonly scope: string
  /** The new document's text; null deletes. */
  readonly document: string | null
  /** Device time. */
  readonly time: Hlc
  readonly schema: number
  /** The place in the outbox, where the record takes a new one. */
  readonly order: number
  readonly group?: string
  /** False for a collection that never leaves the device. */
  readonly synced: boolean
}

/**
 * The record after an edit; null where nothing is left of it. Only the fact that it must be sent is noted, never what:
 * that is derived when it is frozen (W2).
 */
export function edit(current: RecordState | null, change: Edit): RecordState | null {
  if (!change.synced) return unsyncedEdit(current, change)
  if (current === null) return change.document === null ? null : created(change)
  switch (current.lane) {
    case null:
      return firstEdit(current, change)
    case 'sending':
      return {
        ...current,
        document: change.document,
        sync: {
          // What is made after another delete goes on from nothing.
          ...edited(change.document === null ? withoutSync(current.sync, 'undeleted') : current.sync, change),
          editedAt: current.sync.editedAt ?? change.order,
        },
      }
    case 'waiting':
    case 'parked': {
      // What was never on its way, or refused for certain, leaves no trace (W16), unless the backend has another's.
      if (change.document === null && isUnknownThere(current)) return null
      const sync = withoutSync(edited(current.sync, change), 'parked', ...BACKOFF)
      const order = current.lane === 'parked' ? change.order : current.order
      return { ...current, document: change.document, sync, lane: 'waiting', order }
    }
  }
}

function isUnknownThere({ base, sync }: RecordState): boolean {
  return sync.version === null && base === null && sync.held === undefined
}

function edited(sync: SyncState, change: Edit): SyncState {
  // The base keeps the schema version it was written under.
  const baseSchema = sync.baseSchema ?? (sync.schema === change.schema ? undefined : sync.schema)
  return {
    ...sync,
    time: change.time,
    device: true,
    schema: change.schema,
    ...(baseSchema === undefined ? {} : { baseSchema }),
    ...(change.group === undefined ? {} : { group: change.group }),
  }
}

function firstEdit(current: RecordState, change: Edit): RecordState {
  return {
    ...current,
    document: change.document,
    base: baseText(current),
    sync: { ...edited(current.sync, change), baseTime: current.sync.time },
    lane: 'waiting',
    order: change.order,
  }
}

function created(change: Edit): RecordState {
  const { collection, id, scope, document, time, schema, order, group } = change
  const sync: SyncState = {
    version: null,
    time,
    device: true,
    schema,
    ...(group === undefined ? {} : { group }),
  }
  return { collection, id, scope, document, base: null, sync, lane: 'waiting', order }
}

function unsyncedEdit(current: RecordState | null, change: Edit): RecordState | null {
  if (change.document === null) return null
  const { collection, id, document, time, schema } = change
  const scope = current?.scope ?? change.scope
  return {
    collection,
    id,
    scope,
    document,
    base: null,
    sync: { version: null, time, schema },
    lane: null,
    order: 0,
  }
}
