import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDeeperThan } from './json-depth.ts'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('isDeeperThan', () => {
  test('finds what parsing would find', () => {
    const texts = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'é', '\n') })
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        texts,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(texts, tie('value'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(value, (json) => {
        const bytes = new TextEncoder().encode(JSON.stringify(json))
        const depth = depthOf(json)
        expect(isDeeperThan(bytes, depth)).toBe(false)
        if (depth > 0) expect(isDeeperThan(bytes, depth - 1)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('never fails on what is no JSON', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void isDeeperThan(bytes, 3)))
    expect(isDeeperThan(new TextEncoder().encode('"\\'), 3)).toBe(false)
  })
})
