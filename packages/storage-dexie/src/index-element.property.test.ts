import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toIdKey } from './id-key.ts'
import {
  fromLaneElement,
  indexElement,
  indexHead,
  indexRange,
  laneElement,
  laneRange,
  toPosition,
} from './index-element.ts'
import type { TextRange } from './key-range.ts'

const keys = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.array(fc.constantFrom(0, 1, 254, 255), { maxLength: 3 }).map((bytes) => Uint8Array.from(bytes)),
)
const ids = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
const numbers = fc.nat(200)
const places = fc.maxSafeInteger()

describe('elements of an index', () => {
  test('tell their key and id', () => {
    fc.assert(
      fc.property(numbers, keys, ids, (number, key, id) => {
        const head = indexHead(number)
        expect(toPosition(head, indexElement(head, key, toIdKey(id)))).toEqual({ key, id })
      }),
    )
  })

  test('are in a range where their key is, and in no range of another index', () => {
    const ranges = fc.record(
      { lower: keys, upper: keys, lowerExclusive: fc.boolean(), upperExclusive: fc.boolean() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(numbers, numbers, keys, ids, ranges, (number, other, key, id, range) => {
        const element = indexElement(indexHead(number), key, toIdKey(id))
        const { lower, lowerExclusive = false, upper, upperExclusive = false } = range
        const above = lower === undefined ? 1 : Buffer.compare(key, lower)
        const below = upper === undefined ? -1 : Buffer.compare(key, upper)
        const isInside =
          (lowerExclusive ? above > 0 : above >= 0) && (upperExclusive ? below < 0 : below <= 0)
        expect(holds(indexRange(indexHead(other), range), element)).toBe(isInside && number === other)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('elements of a lane', () => {
  test('tell their scope and place', () => {
    fc.assert(
      fc.property(places, (order) => {
        expect(fromLaneElement(laneElement('waiting', 'team:9', order))).toEqual({ scope: 'team:9', order })
      }),
    )
  })

  test('are behind a place where theirs is, of one scope and one lane', () => {
    const scopes = fc.constantFrom('a', 'ab', 'a:', 'b')
    const lanes = fc.constantFrom('waiting', 'sending', 'parked')
    fc.assert(
      fc.property(
        lanes,
        lanes,
        scopes,
        scopes,
        places,
        places,
        (lane, other, scope, others, order, after) => {
          const isBehind = lane === other && scope === others && order > after
          expect(holds(laneRange(other, others, after), laneElement(lane, scope, order))).toBe(isBehind)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

function holds({ lower, lowerOpen, upper, upperOpen }: TextRange, text: string): boolean {
  return (lowerOpen ? text > lower : text >= lower) && (upperOpen ? text < upper : text <= upper)
}
