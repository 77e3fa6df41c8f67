import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isStorable } from './storable.ts'

const ODD = ['\0', '\ud800', '\udfff', '\ud83d\ude00', '\\', '\\u0000', '\\ud800', 'u0000', '"', 'a']

describe('isStorable', () => {
  test('is false for U+0000 and half surrogate pairs, wherever they are, and for nothing else', () => {
    const text = fc.array(fc.constantFrom(...ODD), { maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const texts = [...Object.keys(value), ...Object.values(value).flat()]
        const sound = texts.every((each) => !each.includes('\0') && !/[\ud800-\udfff]/u.test(each))
        expect(isStorable(JSON.stringify(value))).toBe(sound)
      }),
      { numRuns: 2_000 },
    )
  })
})
