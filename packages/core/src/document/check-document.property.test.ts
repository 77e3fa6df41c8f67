import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { copyDocument } from './check-document.ts'

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
})

describe('copyDocument', () => {
  test('copies what survives JSON unchanged, and refuses the rest with INVALID_DOCUMENT only (D1)', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.dictionary(fc.string(), anything)), (value) => {
        try {
          const copy = copyDocument(value)
          expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
          // What could be saved can be saved again, and is the same.
          expect(copyDocument(copy)).toEqual(copy)
        } catch (error) {
          if (!isSyncError(error, 'INVALID_DOCUMENT')) throw error
          expect(typeof error.details['path']).toBe('string')
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('keeps any JSON document text for text (D2)', () => {
    const document = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__' && !key.includes('\0')),
      fc.jsonValue({ noUnicodeString: false }),
    )
    fc.assert(
      fc.property(document, (value) => {
        const parsed = JSON.parse(JSON.stringify(value).replaceAll(/\\u0000|__proto__/g, '')) as object
        expect(JSON.stringify(copyDocument(parsed))).toBe(JSON.stringify(parsed))
      }),
    )
  })

  test('no text, however hostile, changes a prototype (D1, I10)', () => {
    const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(key, fc.oneof({ maxDepth: 4 }, fc.constant(1), tie('tree')), {
        noNullPrototype: true,
      }),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        try {
          copyDocument(JSON.parse(JSON.stringify(value)))
        } catch (error) {
          if (!isSyncError(error, 'INVALID_DOCUMENT')) throw error
        }
        expect(Object.keys(Object.prototype)).toEqual([])
        expect(({} as { a?: unknown }).a).toBeUndefined()
      }),
    )
  })
})
