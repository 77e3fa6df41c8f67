/**
 * From what the app gives to what the store takes. Checking and copying happen before anything is submitted; the
 * decisions that depend on the record as it is run inside the commit, and may run several times.
 */
import { copyDocument } from '../document/check-document.ts'
import { checkId } from '../document/check-names.ts'
import { isPlainObject } from '../document/plain.ts'
import { SyncError } from '../errors/sync-error.ts'
import { edit } from '../outbox/edit.ts'
import { isHidden, type RecordState } from '../outbox/record-state.ts'
import type { RecordKey } from '../ports/storage.ts'
import { utf8ByteLength } from '../shared/bytes.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { groupMembers } from '../store/groups.ts'
import { retry } from '../outbox/intervene.ts'
import type { Workspace } from '../store/workspace.ts'
import type { CollectionContext } from './client-context.ts'
import { validate } from './validate.ts'

/** A record as it is to be: null deletes it. */
export interface Write extends RecordKey {
  readonly document: string | null
  /** Where the document says it belongs; undefined: wherever it is, or the client's first. */
  readonly scope: string | undefined
  /** Its id was made for it just now: nothing can be stored under it. */
  readonly fresh?: boolean
}

/** Checks a whole document, makes its id where it has none. Throws INVALID_DOCUMENT. */
export function writeOf(context: CollectionContext, input: unknown): Write {
  const { checked, client } = context
  if (checked.schema === null) {
    const document = copyDocument(input) as Record<string, Json>
    if (document['id'] !== undefined) return asWrite(context, checkId(document['id']), document)
    const made = client.newId()
    document['id'] = made
    return asWrite(context, made, document, true)
  }
  // The copy is made of what the schema gives; what it takes may be more than JSON.
  if (!isPlainObject(input)) return asWrite(context, '', copyDocument(input))
  if (input['id'] !== undefined) return validated(context, checkId(input['id']), input)
  const id = client.newId()
  return validated(context, id, { ...input, id }, true)
}

/** Checks a document that is to replace one with this id: it must keep it. Throws INVALID_DOCUMENT. */
export function replacementOf(context: CollectionContext, id: string, document: unknown): Write {
  if (context.checked.schema === null) return asWrite(context, id, copyDocument(document))
  return validated(context, id, document)
}

function validated(context: CollectionContext, id: string, input: unknown, fresh = false): Write {
  const output = validate(context, input)
  const document = copyDocument(output) as Record<string, Json>
  // Some schemas strip what they do not name.
  if (document['id'] === undefined) document['id'] = id
  return asWrite(context, id, document, fresh)
}

function asWrite(context: CollectionContext, id: string, document: JsonObject, fresh = false): Write {
  if (document['id'] !== id) {
    throw new SyncError(
      'INVALID_DOCUMENT',
      `The id of ${context.spec.name}/${id} cannot be changed. Save a new document and delete this one.`,
      { details: { collection: context.spec.name, id, path: 'id' } },
    )
  }
  const text = JSON.stringify(document)
  refuseTooLarge(context, id, text)
  return {
    collection: context.spec.name,
    id,
    document: text,
    scope: context.spec.scopeOf(document),
    fresh,
  }
}

/** Throws RECORD_TOO_LARGE for what the backend would refuse for good. */
function refuseTooLarge({ client, spec }: CollectionContext, id: string, text: string): void {
  const most = client.maxRecordBytes
  // A character takes three bytes at the most; a pair of them four.
  if (most === null || !spec.synced || text.length * 3 <= most) return
  const bytes = utf8ByteLength(text)
  if (bytes <= most) return
  throw new SyncError(
    'RECORD_TOO_LARGE',
    `${spec.name}/${id} has ${bytes} bytes; the backend takes ${most}. Split it, or keep large parts elsewhere.`,
    { details: { collection: spec.name, id, bytes, most } },
  )
}

/**
 * Carries out a write. True where it changed something. `now` is the time of the edit, unless the record was edited
 * before: a time need only be later than that record's last. Throws NOT_SUPPORTED, SCOPE_CHANGE, INVALID_DOCUMENT.
 */
export function applyWrite(
  context: CollectionContext,
  workspace: Workspace,
  key: RecordKey,
  write: Write,
  now?: string,
): boolean {
  const { spec, client } = context
  const current = workspace.get(key)
  refuseNewer(current, spec.schema)
  const { document } = write
  if (document === null ? isGone(current) : isSame(current, document)) return false
  const scope = scopeOf(context, current, write)
  if (current?.lane === 'parked' && current.sync.group !== undefined)
    retryGroup(workspace, current.sync.group)
  const before = workspace.get(key)
  const last = before?.sync.device === true || !spec.synced ? before?.sync.time : undefined
  const after = edit(before, {
    collection: key.collection,
    id: key.id,
    scope,
    document,
    time: last === undefined && now !== undefined ? now : client.tick(last),
    schema: spec.schema,
    order: client.nextOrder(),
    synced: spec.synced,
  })
  workspace.set(key, after)
  return true
}

/**
 * Throws NOT_SUPPORTED for a record of a newer schema: this app must not write over what it does not understand. It is
 * hidden, or has an unsent change of a newer app, which is shown as it is (R8).
 */
export function refuseNewer(state: RecordState | null, schema: number): void {
  if (state === null) return
  const isUnknown = state.document !== null && state.sync.schema > schema
  if (!isHidden(state) && !isUnknown) return
  const why = isHidden(state)
    ? `is hidden: this app knows no schema version ${state.sync.schema}, or could not migrate it`
    : `has an unsent change of schema version ${state.sync.schema}, which this app does not know`
  throw new SyncError('NOT_SUPPORTED', `${state.collection}/${state.id} ${why}. Upgrade the app.`, {
    details: { collection: state.collection, id: state.id, schema: state.sync.schema },
  })
}

/** The same text on a record with nothing to send: there is nothing to write. */
function isSame(current: RecordState | null, document: string): boolean {
  return current !== null && current.lane === null && current.document === document
}

/** Nothing is there to delete. Deleting what was refused asks once more. */
function isGone(current: RecordState | null): boolean {
  return current === null || (current.document === null && current.lane !== 'parked')
}

function scopeOf(context: CollectionContext, current: RecordState | null, write: Write): string {
  const { scopes } = context.client
  const name = `${write.collection}/${write.id}`
  if (current !== null) {
    if (write.scope === undefined || write.scope === current.scope || !context.spec.synced)
      return current.scope
    throw new SyncError(
      'SCOPE_CHANGE',
      `${name} belongs to the scope "${current.scope}" and cannot move to "${write.scope}". Save it under a new id, and delete this one.`,
      { details: { collection: write.collection, id: write.id, scope: current.scope, wanted: write.scope } },
    )
  }
  const scope = write.scope ?? scopes.current[0]!
  if (!context.spec.synced || scopes.current.includes(scope)) return scope
  throw new SyncError(
    'INVALID_DOCUMENT',
    `${name} belongs to the scope "${scope}", which this client does not sync. Add it to the scopes first.`,
    { details: { collection: write.collection, id: write.id, scope, scopes: scopes.current } },
  )
}

/** A refused transaction parks whole, so an edit of one of it makes all of it wait again (W14, W15). */
function retryGroup(workspace: Workspace, group: string): void {
  for (const member of groupMembers(workspace, group)) {
    if (member.lane === 'parked') workspace.set(member, retry(member))
  }
}
