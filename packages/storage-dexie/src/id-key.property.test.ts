import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromIdKey, toIdKey, toKeyBound } from './id-key.ts'

const utf8 = new TextEncoder()
/** Ids whose letters meet the places where the two orders part. */
const ids = fc.string({ unit: 'grapheme', maxLength: 6 }).chain((text) =>
  fc
    .array(fc.constantFrom('a', 'z', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '😀'), {
      maxLength: 4,
    })
    .map((letters) => text + letters.join('')),
)
const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  ids.map((id) => utf8.encode(id)),
  // Cut within a letter, or gone on with what is none.
  fc.tuple(ids, fc.nat(8)).map(([id, cut]) => utf8.encode(id).slice(0, cut)),
  fc
    .tuple(ids, fc.uint8Array({ maxLength: 3 }))
    .map(([id, more]) => Uint8Array.from([...utf8.encode(id), ...more])),
)

describe('toIdKey', () => {
  test('comes back', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(fromIdKey(toIdKey(id))).toBe(id)
      }),
    )
  })

  test('compares by unit as ids do by code point, which is as their UTF-8 does', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        expect(Math.sign(compareTexts(toIdKey(one), toIdKey(other)))).toBe(
          Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other))),
        )
      }),
    )
  })
})

describe('toKeyBound', () => {
  test('divides keys as the bytes divide ids, also where the bytes are no text', () => {
    fc.assert(
      fc.property(someBytes, ids, (bytes, id) => {
        const { key, isExact } = toKeyBound(bytes)
        const byBytes = Math.sign(Buffer.compare(Buffer.from(id), Buffer.from(bytes)))
        const byKeys = Math.sign(compareTexts(toIdKey(id), key))
        // No id has bytes that are no text: one at the bound is above them.
        expect(isExact ? byKeys : byKeys === 0 ? 1 : byKeys).toBe(byBytes)
      }),
      { numRuns: 2_000 },
    )
  })
})

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
