/**
 * The parts of an export that say where a record or a feed stands. An import writes them as they are, and from then on the
 * engine trusts them: so each member is looked at here. All throw ShapeError, which names the member.
 */
import { MAX_LEVELS } from '../document/check-document.ts'
import { isGroup, isMutationId } from '../document/check-mutation.ts'
import { collectionNameProblem, idProblem, scopeProblem } from '../document/check-names.ts'
import { jsonProblem, readRecord, readTime, readVersion } from '../document/check-record.ts'
import { readArray, readCount, readObject, readText, refuse, ShapeError } from '../document/shape.ts'
import type { RecordState, SyncState } from '../outbox/record-state.ts'
import type { Lane, RecordKey } from '../ports/storage.ts'
import type { Json } from '../shared/json.ts'
import { GROUP_PREFIX } from '../store/groups.ts'
import { FEED_PREFIX } from '../sync/feed-state.ts'

const MISSING: readonly unknown[] = ['recover', 'take']
const SNAPSHOT_REASONS: readonly unknown[] = ['first', 'expired', 'epoch', 'collections']

/** The record's row but for its documents' texts, which the caller makes of `document` and `base`. */
export function checkExportedRecord(key: RecordKey, value: unknown): Omit<RecordState, 'document' | 'base'> {
  const record = readObject(value, '')
  refuse(scopeProblem(record['scope']), 'scope')
  const lane = readLane(record['lane'])
  const order = readCount(record['order'], 'order')
  checkDocument(record['document'], key.id, 'document')
  checkDocument(record['base'], key.id, 'base')
  if (lane === null && record['document'] === null && record['base'] === null) {
    throw new ShapeError('document', 'must be there, where nothing is unsent and there is no base')
  }
  const sync = checkSync(record['sync'], key, lane)
  return { ...key, scope: record['scope'] as string, lane, order, sync }
}

/** Whether a value is what an entry of that name holds: a feed's state, or the members of a group. */
export function checkExportedEntry(name: string, value: unknown): void {
  if (name.startsWith(FEED_PREFIX)) {
    refuse(scopeProblem(name.slice(FEED_PREFIX.length)), 'entry')
    checkFeed(value)
  } else if (name.startsWith(GROUP_PREFIX)) {
    if (!isGroup(name.slice(GROUP_PREFIX.length))) throw new ShapeError('entry', 'must name a group')
    checkMembers(value)
  } else throw new ShapeError('entry', 'must be one of an export')
}

function readLane(value: unknown): Lane | null {
  if (value === null || value === 'waiting' || value === 'sending' || value === 'parked') return value
  throw new ShapeError('lane', 'must be waiting, sending, parked or null')
}

/** By the rules of what a backend sends: what is stored may be older than the rules for what an app saves (D11). */
function checkDocument(value: unknown, id: string, path: string): void {
  if (value === null) return
  const document = readObject(value, path)
  if (document['id'] !== id) throw new ShapeError(`${path}.id`, 'must be the id of the record')
  refuse(jsonProblem(document, MAX_LEVELS), path)
}

function checkSync(value: unknown, key: RecordKey, lane: Lane | null): SyncState {
  const sync = readObject(value, 'sync')
  if (sync['version'] !== null) readVersion(sync['version'], 'sync.version')
  readTime(sync['time'], 'sync.time')
  readCount(sync['schema'], 'sync.schema')
  // Empty where the base is known to be nothing.
  if (sync['baseTime'] !== undefined && sync['baseTime'] !== '') readTime(sync['baseTime'], 'sync.baseTime')
  for (const name of ['baseSchema', 'generation', 'editedAt', 'attempts'] as const) {
    if (sync[name] !== undefined) readCount(sync[name], `sync.${name}`)
  }
  for (const name of ['failedAt', 'retryAt'] as const) {
    if (sync[name] !== undefined) checkMoment(sync[name], `sync.${name}`)
  }
  for (const name of ['device', 'gone', 'left', 'undeleted'] as const) {
    if (sync[name] !== undefined && sync[name] !== true) {
      throw new ShapeError(`sync.${name}`, 'must be true, or be left out')
    }
  }
  if (sync['missing'] !== undefined && !MISSING.includes(sync['missing'])) {
    throw new ShapeError('sync.missing', 'must be recover or take, or be left out')
  }
  if (sync['group'] !== undefined) checkGroup(sync['group'], 'sync.group')
  if (sync['held'] !== undefined) checkHeld(sync['held'], key)
  checkBelongs(sync['inFlight'], 'sync.inFlight', lane === 'sending', checkInFlight)
  checkBelongs(sync['parked'], 'sync.parked', lane === 'parked', checkParking)
  return sync as unknown as SyncState
}

/** What is there exactly where the lane says so. */
function checkBelongs(value: unknown, path: string, isDue: boolean, check: (value: unknown) => void): void {
  if (isDue) check(value)
  else if (value !== undefined) throw new ShapeError(path, 'must be left out in this lane')
}

function checkHeld(value: unknown, { collection, id }: RecordKey): void {
  const held = readRecord(value, 'sync.held')
  if (held.collection !== collection || held.id !== id) {
    throw new ShapeError('sync.held', 'must be of the same record')
  }
}

/** Only its id and group are used: another client never sends it, what it held waits again. */
function checkInFlight(value: unknown): void {
  const { id, group } = readObject(value, 'sync.inFlight')
  if (!isMutationId(id)) throw new ShapeError('sync.inFlight.id', 'must be clientId.n')
  if (group !== undefined) checkGroup(group, 'sync.inFlight.group')
}

function checkParking(value: unknown): void {
  const { code, reason, details, at } = readObject(value, 'sync.parked')
  readText(code, 'sync.parked.code')
  if (typeof reason !== 'string') throw new ShapeError('sync.parked.reason', 'must be a string')
  checkMoment(at, 'sync.parked.at')
  if (details === undefined) return
  readObject(details, 'sync.parked.details')
  refuse(jsonProblem(details, MAX_LEVELS), 'sync.parked.details')
}

/** Device time in milliseconds, perhaps with a fraction. */
function checkMoment(value: unknown, path: string): void {
  if (typeof value !== 'number') throw new ShapeError(path, 'must be milliseconds since 1970')
}

function checkGroup(value: unknown, path: string): void {
  if (!isGroup(value)) throw new ShapeError(path, 'must have 1 to 128 characters')
}

function checkFeed(value: unknown): void {
  const feed = readObject(value, 'value')
  readText(feed['epoch'], 'value.epoch')
  readText(feed['start'], 'value.start')
  checkCursor(feed['cursor'], 'value.cursor')
  checkNames(feed['collections'], 'value.collections')
  readCount(feed['generation'], 'value.generation')
  if (feed['snapshot'] === null) return
  const { reason, cursor, collections, done, sweeping } = readObject(feed['snapshot'], 'value.snapshot')
  if (!SNAPSHOT_REASONS.includes(reason)) throw new ShapeError('value.snapshot.reason', 'must be a known one')
  checkCursor(cursor, 'value.snapshot.cursor')
  checkNames(collections, 'value.snapshot.collections')
  readCount(done, 'value.snapshot.done')
  if (sweeping !== undefined && sweeping !== true) {
    throw new ShapeError('value.snapshot.sweeping', 'must be true, or be left out')
  }
}

function checkCursor(value: unknown, path: string): void {
  if (value !== null) readText(value, path)
}

function checkNames(value: unknown, path: string): void {
  for (const [index, name] of readArray(value, path).entries()) {
    refuse(collectionNameProblem(name), `${path}[${index}]`)
  }
}

function checkMembers(value: unknown): void {
  for (const [index, member] of readArray(value, 'value').entries()) {
    const path = `value[${index}]`
    const pair = readArray(member, path) as readonly Json[]
    if (pair.length !== 2) throw new ShapeError(path, 'must be a collection and an id')
    refuse(collectionNameProblem(pair[0]), `${path}[0]`)
    refuse(idProblem(pair[1]), `${path}[1]`)
  }
}
