/**
 * The elements of a row in the one index of the store: texts that compare as what they stand for.
 *
 *   12/<key>\0<id>      the row in index 12, by its key and then its id
 *   w:<scope>\0<place>  the row in a lane of a scope, by its place (w waiting, s sending, p parked)
 *   n/<row key>         the row has no document
 *   r/<row key>\0<rev>  the row is large, and this is its revision
 *
 * So an app may declare collections and indexes without an upgrade of the database, which no other tab could block.
 */
import type { KeyRange, Lane, PagePosition } from '@synclayer/core/storage'
import { fromIdKey, toIdKey } from './id-key.ts'
import type { TextRange } from './key-range.ts'

const LETTER_BY_LANE: Readonly<Record<Lane, string>> = { waiting: 'w', sending: 's', parked: 'p' }
/** Behind a key that ends: below every byte of one that goes on. */
const END = '\0'
/** The least that a byte of a key becomes. */
const FIRST_BYTE = '\u0001'

/** Stands before the elements of rows without a document. */
export const NO_DOCUMENT = 'n/'

/** What the element of a large row begins with: its revision is known from it although its value may be lost. */
export function largeHead(rowKey: string): string {
  return `r/${rowKey}${END}`
}

/** What the elements of an index begin with. */
export function indexHead(number: number): string {
  return `${number}/`
}

/** The element of a row in an index. */
export function indexElement(head: string, key: Uint8Array, idKey: string): string {
  return head + keyText(key) + END + idKey
}

/** The place that an element of an index stands for. */
export function toPosition(head: string, element: string): Required<PagePosition> {
  const end = element.indexOf(END)
  return { key: keyBytes(element.slice(head.length, end)), id: fromIdKey(element.slice(end + 1)) }
}

/** The part of an element that rows with an equal key share. */
export function sharedPart(element: string): string {
  return element.slice(0, element.indexOf(END) + 1)
}

/** The elements of an index whose keys are in a range. */
export function indexRange(head: string, range: KeyRange = {}): TextRange {
  const { lower, lowerExclusive = false, upper, upperExclusive = false } = range
  return {
    lower: lower === undefined ? head : head + keyText(lower) + (lowerExclusive ? FIRST_BYTE : ''),
    lowerOpen: false,
    upper: upper === undefined ? above(head) : head + keyText(upper) + (upperExclusive ? END : FIRST_BYTE),
    upperOpen: true,
  }
}

/** The elements of the rows that have one key. */
export function sameKeyRange(head: string, key: Uint8Array): TextRange {
  return indexRange(head, { lower: key, upper: key })
}

/** An element as it would be for a row at a position. */
export function atPosition(head: string, key: Uint8Array, id: string): string {
  return indexElement(head, key, toIdKey(id))
}

/** What the elements of a lane begin with; those of one scope, or of all. */
export function laneHead(lane: Lane, scope: string | null): string {
  return scope === null ? `${LETTER_BY_LANE[lane]}:` : `${LETTER_BY_LANE[lane]}:${scope}${END}`
}

/** The element of a row in a lane. */
export function laneElement(lane: Lane, scope: string, order: number): string {
  return laneHead(lane, scope) + placeText(order)
}

/** The scope and the place that an element of a lane stands for. */
export function fromLaneElement(element: string): { readonly scope: string; readonly order: number } {
  const end = element.indexOf(END)
  return { scope: element.slice(element.indexOf(':') + 1, end), order: fromPlaceText(element.slice(end + 1)) }
}

/** The elements of a lane behind a place, of one scope. */
export function laneRange(lane: Lane, scope: string, after: number): TextRange {
  const head = laneHead(lane, scope)
  return { lower: head + placeText(after), lowerOpen: true, upper: head + LAST_PLACE, upperOpen: false }
}

/** All elements that begin with a head that ends with a sign of its own. */
export function headRange(head: string): TextRange {
  return { lower: head, lowerOpen: false, upper: above(head), upperOpen: true }
}

/** The first text above all that begin with `head`. */
function above(head: string): string {
  const last = head.length - 1
  return head.slice(0, last) + String.fromCharCode(head.charCodeAt(last) + 1)
}

function keyText(key: Uint8Array): string {
  let text = ''
  for (const byte of key) text += String.fromCharCode(byte + 1)
  return text
}

function keyBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0) - 1)
}

const PLACE_DIGITS = 16
const LAST_PLACE = placeText(Number.MAX_SAFE_INTEGER)

/** Safe integers as texts of one length that compare as they do. */
function placeText(order: number): string {
  const place = Math.min(Math.max(order, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
  const digits = (text: number): string => String(text).padStart(PLACE_DIGITS, '0')
  return place < 0 ? `-${digits(place + Number.MAX_SAFE_INTEGER)}` : `0${digits(place)}`
}

function fromPlaceText(text: string): number {
  const digits = Number(text.slice(1))
  return text.startsWith('-') ? digits - Number.MAX_SAFE_INTEGER : digits
}
