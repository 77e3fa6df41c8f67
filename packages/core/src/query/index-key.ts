/**
 * Values as bytes whose byte-wise order is the order of the values (Q4, Q5), so that a store can index any JSON while
 * it compares nothing but bytes. Keys are self-delimiting: none is the beginning of another, and compound keys are
 * plain concatenations.
 *
 *   missing, null  01
 *   false, true    02, 03
 *   number         04, 8 bytes: the big-endian double, all bits flipped if negative, else only the sign
 *   string         05, UTF-8, 00    (U+0000 is written 01 01 and U+0001 as 01 02, so no text holds a 00)
 *   array          06, keys of the elements, 00
 *   object         07, for each entry by key: the key as a string, the key of the value; 00
 */
import { compareCodePoints } from '../shared/compare-code-points.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { KeyWriter } from './key-writer.ts'

/** The first byte of a key tells the type of the value. */
export const KEY_TAG = { null: 1, false: 2, true: 3, number: 4, string: 5, array: 6, object: 7 } as const

const END = 0

// One buffer for all keys: nothing in here calls foreign code, so it is never in use twice. A fresh one for each key
// would cost several times as much as the key.
const writer = new KeyWriter()

/**
 * The key of one value. `indexKey(a)` is byte-wise below `indexKey(b)` exactly when `a` comes before `b` in the total
 * order, and equal exactly when both are deep-equal (Q5).
 */
export function indexKey(value: Json | undefined): Uint8Array {
  writer.reset()
  writeValue(value)
  return writer.finish()
}

/** The key of several values in a row, ordered by the first, then the second, and so on. */
export function compoundIndexKey(values: readonly (Json | undefined)[]): Uint8Array {
  writer.reset()
  for (const value of values) writeValue(value)
  return writer.finish()
}

/** The bytes an id is walked by: plain UTF-8. */
export function idKey(id: string): Uint8Array {
  writer.reset()
  writer.utf8(id)
  return writer.finish()
}

/** The bytes every string that begins with `prefix` has at the beginning of its key. */
export function stringPrefixKey(prefix: string): Uint8Array {
  writer.reset()
  writer.byte(KEY_TAG.string)
  writer.utf8(prefix)
  return writer.finish()
}

function writeValue(value: Json | undefined): void {
  switch (typeof value) {
    case 'string':
      writeString(value)
      return
    case 'number':
      writer.byte(KEY_TAG.number)
      writer.double(value)
      return
    case 'boolean':
      writer.byte(value ? KEY_TAG.true : KEY_TAG.false)
      return
    case 'object':
      if (value === null) writer.byte(KEY_TAG.null)
      else if (Array.isArray(value)) writeArray(value)
      else writeObject(value as JsonObject)
      return
    default:
      writer.byte(KEY_TAG.null)
  }
}

function writeString(text: string): void {
  writer.byte(KEY_TAG.string)
  writer.utf8(text)
  writer.byte(END)
}

function writeArray(elements: readonly Json[]): void {
  writer.byte(KEY_TAG.array)
  for (const element of elements) writeValue(element)
  writer.byte(END)
}

function writeObject(object: JsonObject): void {
  writer.byte(KEY_TAG.object)
  for (const key of Object.keys(object).sort(compareCodePoints)) {
    writeString(key)
    writeValue(object[key])
  }
  writer.byte(END)
}
