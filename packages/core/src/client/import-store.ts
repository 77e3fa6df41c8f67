/** Takes an export into an empty store, in one commit, after all of it was checked. */
import { idProblem } from '../document/check-names.ts'
import { explain, refuse } from '../document/shape.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import { answer } from '../outbox/answer.ts'
import type { RecordState } from '../outbox/record-state.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { slotName } from '../store/workspace.ts'
import type { ClientContext } from './client-context.ts'
import { checkExportedEntry, checkExportedRecord } from './check-exported.ts'
import { didYouMean } from './invalid-option.ts'
import { EXPORT_FORMAT } from './export-store.ts'
import { migrateRecord } from './migrate-record.ts'
import { prepareContext } from './prepare-collections.ts'

interface ImportedFile {
  readonly records: readonly RecordState[]
  readonly entries: readonly { readonly name: string; readonly value: string }[]
}

/** Imports the text. Nothing is written unless all of it can be. */
export async function importStore(
  client: ClientContext,
  file: unknown,
  now: () => number,
): Promise<{ readonly records: number }> {
  const { records, entries } = parseFile(client, file)
  await client.store.settled()
  for (const collection of client.collections.keys()) {
    if ((await client.storage.scan({ collection, after: null, limit: 1 })).length > 0)
      throw notEmpty(collection)
  }
  const ready = records.map((state) => adapt(client, state, now))
  await client.store.submit({
    origin: 'local',
    keys: records,
    entries: entries.map(({ name }) => name),
    run: (workspace) => {
      for (const [index, key] of records.entries()) {
        if (workspace.get(key) !== null) throw notEmpty(key.collection)
        workspace.set(key, ready[index]!)
      }
      for (const { name, value } of entries) workspace.setEntry(name, value)
    },
  })
  return { records: records.length }
}

/**
 * A record as this client can have it: of its schema version; and what was in flight waits again, since only the client
 * that froze a mutation may send it.
 */
function adapt(client: ClientContext, state: RecordState, now: () => number): RecordState | null {
  const { spec } = client.collections.get(state.collection)!
  const context = prepareContext(
    { now, nextOrder: () => client.nextOrder() },
    spec,
    state.sync.generation ?? 0,
  )
  const { inFlight } = state.sync
  if (inFlight === undefined) return migrateRecord(state, spec.synced, context).state
  try {
    const landed = answer(state, inFlight.id, { status: 'aborted' }, context).state
    return landed === null ? null : migrateRecord(landed, spec.synced, context).state
  } catch (cause) {
    // What was pulled meanwhile is of an older schema, and the app's migration throws.
    const message = `${slotName(state)} of the file cannot be imported: its migration failed. Nothing was written.`
    throw new SyncError('INVALID_OPTION', message, { cause, details: { option: 'import' } })
  }
}

function parseFile(client: ClientContext, file: unknown): ImportedFile {
  if (typeof file !== 'string') throw refused(0, 'it is no text')
  const [header, ...lines] = file.split('\n').filter((line) => line !== '')
  const head = header === undefined ? undefined : parseLine(header, 1)
  if (head?.['synclayer'] !== 'export') throw refused(1, 'it is no export of SyncLayer')
  if (head['format'] !== EXPORT_FORMAT)
    throw refused(1, `its format is ${JSON.stringify(head['format'])}, this version reads ${EXPORT_FORMAT}`)
  const records = new Map<string, RecordState>()
  const entries: { name: string; value: string }[] = []
  for (const [index, line] of lines.entries()) {
    const value = parseLine(line, index + 2)
    if (value['entry'] !== undefined) entries.push(parseEntry(value, index + 2))
    else {
      const state = parseRecord(client, value, index + 2)
      if (records.has(slotName(state))) throw refused(index + 2, `${slotName(state)} is in it twice`)
      records.set(slotName(state), state)
    }
  }
  return { records: [...records.values()], entries }
}

function parseLine(line: string, number: number): JsonObject {
  const value = parseText(line, number)
  if (!isJsonObject(value)) throw refused(number, 'it is no object')
  return value
}

function parseText(text: string, line: number): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw refused(line, 'it is no JSON', cause)
  }
}

function parseEntry(value: JsonObject, line: number): { readonly name: string; readonly value: string } {
  const { entry: name, value: text } = value
  if (typeof name !== 'string' || typeof text !== 'string') throw refused(line, 'it is no entry of an export')
  checked(line, () => checkExportedEntry(name, parseText(text, line)))
  return { name, value: text }
}

function parseRecord(client: ClientContext, value: JsonObject, line: number): RecordState {
  const { collection, id, document, base } = value
  if (typeof collection !== 'string') throw refused(line, 'it names no collection')
  if (!client.collections.has(collection)) {
    const message = `Line ${line} of the file has a record of the collection ${collection}, which is not declared here.${didYouMean(collection, [...client.collections.keys()])}`
    throw new SyncError('UNKNOWN_COLLECTION', message, { details: { collection, line } })
  }
  return checked(line, () => {
    refuse(idProblem(id), 'id')
    const state = checkExportedRecord({ collection, id: id as string }, value)
    return { ...state, document: documentText(document as Json), base: documentText(base as Json) }
  })
}

function checked<Part>(line: number, check: () => Part): Part {
  try {
    return check()
  } catch (cause) {
    if (isSyncError(cause)) throw cause
    const { path, reason } = explain(cause)
    throw refused(line, `its ${path} ${reason}`, cause)
  }
}

function documentText(value: Json): string | null {
  return value === null ? null : JSON.stringify(value)
}

function notEmpty(collection: string): SyncError {
  return new SyncError(
    'INVALID_OPTION',
    `Only an empty store can take an import, and ${collection} has records. Import right after creating it, before anything is saved or synced (sync: { auto: false }).`,
    { details: { option: 'import', collection } },
  )
}

function refused(line: number, why: string, cause?: unknown): SyncError {
  const where = line === 0 ? 'The file' : `Line ${line} of the file`
  return new SyncError('INVALID_OPTION', `${where} cannot be imported: ${why}. Nothing was written.`, {
    cause,
    details: { option: 'import', line },
  })
}
