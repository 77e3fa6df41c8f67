import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { parsePointer } from './json-pointer.ts'
import { applyPatch, diffDocuments } from './patch.ts'

const key = fc.oneof(
  fc.constantFrom('', '/', '~', '~1', '~0', 'a', 'b', 'a/b', '__proto__', 'constructor', 'toString', '0'),
  fc.string({ maxLength: 3, unit: 'binary' }),
)

/** Documents that share keys and values, so that differences of every kind are common. */
const { object: document } = fc.letrec<{ object: JsonObject; value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    fc.constantFrom<Json>(null, 0, 1, '', 'x', true),
    fc.array(tie('value'), { maxLength: 3, depthIdentifier: 'json' }),
    tie('object'),
  ),
  // Through text, as documents come: an own __proto__ is one of JSON.parse.
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 5, depthIdentifier: 'json' })
    .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as JsonObject),
}))

describe('diffDocuments and applyPatch', () => {
  test('the patch of two documents makes one of the other (A5)', () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const before = JSON.stringify(a)
        const patch = diffDocuments(a, b)
        const patched = patch === null ? a : applyPatch(a, patch)
        expect(deepEqual(patched, b)).toBe(true)
        expect(JSON.stringify(a)).toBe(before)
        expect(Object.getPrototypeOf(patched)).toBe(Object.prototype)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  test('there is a patch exactly where documents differ, and it survives JSON (W2)', () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const patch = diffDocuments(a, b)
        expect(patch === null).toBe(deepEqual(a, b))
        if (patch === null) return
        const sent = JSON.parse(JSON.stringify(patch)) as typeof patch
        expect(deepEqual(applyPatch(a, sent), b)).toBe(true)
      }),
    )
  })

  test('no pointer reaches into another (A5)', () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const patch = diffDocuments(a, b) ?? {}
        const pointers = [...Object.keys(patch.set ?? {}), ...(patch.unset ?? [])]
        expect(pointers.every((pointer) => parsePointer(pointer) !== null)).toBe(true)
        for (const one of pointers) {
          for (const other of pointers) {
            if (one !== other) expect(other.startsWith(`${one}/`)).toBe(false)
          }
        }
        expect(new Set(pointers).size).toBe(pointers.length)
      }),
    )
  })

  test('patches of different fields can be applied one after the other, in any order (A5)', () => {
    fc.assert(
      fc.property(document, document, document, (base, one, two) => {
        const a = { left: base, right: base }
        const left = diffDocuments(a, { left: one, right: base })
        const right = diffDocuments(a, { left: base, right: two })
        if (left === null || right === null) return
        const both = { left: one, right: two }
        expect(deepEqual(applyPatch(applyPatch(a, left), right), both)).toBe(true)
        expect(deepEqual(applyPatch(applyPatch(a, right), left), both)).toBe(true)
      }),
    )
  })
})
