/** Takes an export into an empty store, in one commit, after all of it was checked. */
import { copyDocument } from '../document/check-document.ts'
import { idProblem, scopeProblem } from '../document/check-names.ts'
import { isHlc } from '../document/is-hlc.ts'
import { SyncError } from '../errors/sync-error.ts'
import { answer } from '../outbox/answer.ts'
import type { RecordState, SyncState } from '../outbox/record-state.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { slotName } from '../store/workspace.ts'
import type { ClientContext } from './client-context.ts'
import { didYouMean } from './invalid-option.ts'
import { EXPORT_FORMAT, EXPORTED_PREFIXES } from './export-store.ts'
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
  const landed =
    inFlight === undefined ? state : answer(state, inFlight.id, { status: 'aborted' }, context).state
  return landed === null ? null : migrateRecord(landed, spec.synced, context).state
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
  let value: Json
  try {
    value = JSON.parse(line) as Json
  } catch (cause) {
    throw refused(number, 'it is no JSON', cause)
  }
  if (!isJsonObject(value)) throw refused(number, 'it is no object')
  return value
}

function parseEntry(value: JsonObject, line: number): { readonly name: string; readonly value: string } {
  const { entry: name, value: text } = value
  const known = typeof name === 'string' && EXPORTED_PREFIXES.some((prefix) => name.startsWith(prefix))
  if (!known || typeof text !== 'string') throw refused(line, 'it is no entry of an export')
  parseLine(`{"value":${text}}`, line)
  return { name, value: text }
}

function parseRecord(client: ClientContext, value: JsonObject, line: number): RecordState {
  const { collection, id, scope, lane, order, document, base } = value
  if (typeof collection !== 'string') throw refused(line, 'it names no collection')
  if (!client.collections.has(collection)) {
    const message = `Line ${line} of the file has a record of the collection ${collection}, which is not declared here.${didYouMean(collection, [...client.collections.keys()])}`
    throw new SyncError('UNKNOWN_COLLECTION', message, { details: { collection, line } })
  }
  const idWrong = idProblem(id)
  if (idWrong !== null) throw refused(line, `its id ${idWrong}`)
  const scopeWrong = scopeProblem(scope)
  if (scopeWrong !== null) throw refused(line, `its scope ${scopeWrong}`)
  if (lane !== null && lane !== 'waiting' && lane !== 'sending' && lane !== 'parked')
    throw refused(line, 'its lane is none')
  if (!Number.isSafeInteger(order)) throw refused(line, 'its order is no whole number')
  return {
    collection,
    id: id as string,
    scope: scope as string,
    document: documentText(document, id as string, line),
    base: documentText(base, id as string, line),
    sync: parseSync(value['sync'], line),
    lane,
    order: order as number,
  }
}

function parseSync(value: Json | undefined, line: number): SyncState {
  if (!isJsonObject(value)) throw refused(line, 'its sync state is missing')
  const { version, time, schema } = value
  if (version !== null && typeof version !== 'string') throw refused(line, 'its version is no text')
  if (!isHlc(time)) throw refused(line, 'its time is none')
  if (typeof schema !== 'number' || !Number.isSafeInteger(schema))
    throw refused(line, 'its schema version is none')
  return value as unknown as SyncState
}

function documentText(value: Json | undefined, id: string, line: number): string | null {
  if (value === null) return null
  if (value === undefined || !isJsonObject(value) || value['id'] !== id)
    throw refused(line, 'its document has not its id')
  try {
    return JSON.stringify(copyDocument(value))
  } catch (cause) {
    throw refused(line, 'its document is none', cause)
  }
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
