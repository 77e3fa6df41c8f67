/** How a record stands in the store, and the checksum over it. */
import {
  type DamagedRecord,
  type Lane,
  type RecordWrite,
  type StoredRecord,
  SyncError,
} from '@synclayer/core/storage'
import { addNumber, addText, START } from './checksum.ts'
import type { DeclaredCollection } from './catalog.ts'
import {
  fromLaneElement,
  indexElement,
  laneElement,
  laneHead,
  largeHead,
  NO_DOCUMENT,
} from './index-element.ts'
import { collectionOf, idOf, toRowKey } from './row-key.ts'

export type Row = StoredRecord | DamagedRecord

/** A row as it is written. */
export interface RawRow {
  /** Its key: collection and id. */
  readonly key: string
  readonly rev: number
  readonly lane: Lane | null
  /** Its place in the lane. */
  readonly at: number
  readonly scope: string
  readonly sync: string
  readonly base: string | null
  readonly doc: string | null
  /** Its elements in the index of the store. */
  readonly idx: readonly string[]
  readonly sum: number
}

/** A row as it is read: when it is damaged, anything but its key may be anything. `isLost`: the browser has lost the rest. */
export type FoundRow = { readonly key: string; readonly isLost?: true } & {
  readonly [Name in Exclude<keyof RawRow, 'key'>]?: unknown
}

/** Rows with so many units of text, and no smaller ones, may be kept in files of their own, of which one may be lost. */
const LARGE = 16_384

/** The row to be written. STORAGE_FAILED where it has another number of keys than its collection has indexes. */
export function toRaw(write: RecordWrite, revision: number, { heads }: DeclaredCollection): RawRow {
  const { collection, document, keys, lane, scope, order } = write
  const expected = document === null ? 0 : heads.length
  if (keys.length !== expected) {
    const message = `A row of "${collection}" needs ${expected} index keys, not ${keys.length}.`
    throw new SyncError('STORAGE_FAILED', message, { retryable: false, details: { collection } })
  }
  const key = toRowKey(write)
  const idKey = key.slice(collection.length + 1)
  const idx = keys.map((each, at) => indexElement(heads[at]!, each, idKey))
  if (document === null) idx.push(NO_DOCUMENT + key)
  if (lane !== null) idx.push(laneElement(lane, scope, order))
  const { sync, base } = write
  const size = sync.length + (base?.length ?? 0) + (document?.length ?? 0)
  if (size >= LARGE) idx.push(`${largeHead(key)}${revision}`)
  const fields = { key, rev: revision, lane, at: order, scope, sync, base, doc: document, idx }
  return { ...fields, sum: checksumOf(fields) }
}

/** The record in a row, or the news that it is damaged (ST6). */
export function toRow(found: FoundRow): Row {
  const { key } = found
  const collection = collectionOf(key)
  if (!isWhole(found)) {
    return { collection, id: idOf(key), damaged: true, revision: revisionOf(found), order: orderOf(found) }
  }
  const { rev: revision, lane, at: order, scope, sync, base, doc: document } = found
  return { collection, id: idOf(key), scope, document, base, sync, lane, order, revision }
}

/** True for a row that is as it was written. */
export function isWhole(found: FoundRow): found is RawRow {
  const { rev, lane, at, scope, sync, base, doc, idx, sum } = found
  return (
    Number.isSafeInteger(rev) &&
    Number.isSafeInteger(at) &&
    (lane === null || (typeof lane === 'string' && isLane(lane))) &&
    typeof scope === 'string' &&
    typeof sync === 'string' &&
    (base === null || typeof base === 'string') &&
    (doc === null || typeof doc === 'string') &&
    Array.isArray(idx) &&
    idx.every((element) => typeof element === 'string') &&
    sum === checksumOf(found as RawRow)
  )
}

/** The revision of a row; a fixed one stands for whatever damage left in its place, so that it can be compared. */
export function revisionOf(found: { readonly rev?: unknown }): number {
  return Number.isSafeInteger(found.rev) ? (found.rev as number) : Number.MAX_SAFE_INTEGER
}

/** The elements of a row that begin with a head; it may have none when it is damaged. */
export function elementOf(found: FoundRow, head: string): string | undefined {
  const { idx } = found
  if (!Array.isArray(idx)) return undefined
  return idx.find((each): each is string => typeof each === 'string' && each.startsWith(head))
}

const LANES = ['waiting', 'sending', 'parked'] as const

function isLane(text: string): text is Lane {
  return (LANES as readonly string[]).includes(text)
}

/** The place of a damaged row: where its lane has it, so that going on behind it never comes to the same row again. */
function orderOf(found: FoundRow): number {
  for (const lane of LANES) {
    const element = elementOf(found, laneHead(lane, null))
    if (element !== undefined) return fromLaneElement(element).order
  }
  return Number.isSafeInteger(found.at) ? (found.at as number) : Number.MAX_SAFE_INTEGER
}

function checksumOf({ key, rev, lane, at, scope, sync, base, doc, idx }: Omit<RawRow, 'sum'>): number {
  let sum = addNumber(addNumber(START, rev), at)
  sum = addText(addText(addText(addText(sum, key), lane ?? ''), scope), sync)
  // A text that is not there differs from an empty one by what is added for it.
  sum = base === null ? addNumber(sum, 1) : addText(sum, base)
  sum = doc === null ? addNumber(sum, 2) : addText(sum, doc)
  for (const element of idx) sum = addText(sum, element)
  return sum
}
