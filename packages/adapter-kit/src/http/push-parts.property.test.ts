import { type Mutation, utf8ByteLength } from '@synclayer/core/adapter'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idsOf, partsOf, textOf, tooLargeResults, unitsOf } from './push-parts.ts'

const pushes = fc
  .array(
    fc.record({
      text: fc.string({ maxLength: 40, unit: 'grapheme' }),
      group: fc.option(fc.constantFrom('g', 'h', 'i'), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((edits) =>
    edits.map(({ text, group }, n): Mutation => ({
      id: `c.${n}`,
      collection: 'todos',
      recordId: `r${n}`,
      kind: 'put',
      base: null,
      data: { id: `r${n}`, text },
      time: '018f00000000-0000-00000000000000aa',
      schema: 1,
      ...(group === undefined ? {} : { group }),
    })),
  )
const limits = fc.record({
  mutations: fc.integer({ min: 1, max: 12 }),
  bytes: fc.integer({ min: 100, max: 2_000 }),
})

test('every mutation is in one part or unfit, groups whole, within the limits, in order', () => {
  fc.assert(
    fc.property(pushes, limits, (mutations, limit) => {
      const { parts, unfit } = partsOf(unitsOf(mutations), limit)
      const placed = [...parts.flatMap(idsOf), ...idsOf(unfit)]
      expect(placed.toSorted()).toEqual(mutations.map(({ id }) => id).toSorted())
      const groupOf = new Map(mutations.map(({ id, group }) => [id, group]))
      const partOfGroup = new Map<string, number>()
      parts.forEach((part, index) => {
        const sent = JSON.parse(`[${textOf(part)}]`) as readonly Mutation[]
        expect(sent.length).toBeGreaterThan(0)
        expect(sent.length).toBeLessThanOrEqual(limit.mutations)
        expect(utf8ByteLength(textOf(part))).toBeLessThanOrEqual(limit.bytes)
        const numbers = sent.map(({ id }) => Number(id.slice(2)))
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
        for (const { id } of sent) {
          const group = groupOf.get(id)
          if (group === undefined) continue
          expect(partOfGroup.get(group) ?? index).toBe(index)
          partOfGroup.set(group, index)
        }
      })
    }),
  )
})

test('what fits into one request is one, as it was pushed', () => {
  fc.assert(
    fc.property(pushes, (mutations) => {
      const { parts, unfit } = partsOf(unitsOf(mutations), { mutations: 100, bytes: 1_000_000 })
      expect(unfit).toEqual([])
      expect(JSON.parse(`[${parts.map(textOf).join(',')}]`)).toEqual(mutations)
      expect(parts.length).toBe(mutations.length === 0 ? 0 : 1)
    }),
  )
})

test('what is unfit is refused: the member at fault where there is one, else the group', () => {
  fc.assert(
    fc.property(pushes, limits, (mutations, limit) => {
      for (const unit of partsOf(unitsOf(mutations), limit).unfit) {
        const results = tooLargeResults(unit, limit.bytes)
        expect(results.map(({ id }) => id)).toEqual(idsOf([unit]))
        const codes = new Set(results.map((result) => ('code' in result ? result.code : result.status)))
        const isOne = unit.members.length === 1 || unit.members.some(({ bytes }) => bytes > limit.bytes)
        expect(codes.has(isOne ? 'RECORD_TOO_LARGE' : 'GROUP_TOO_LARGE')).toBe(true)
        expect(codes.has('aborted') && codes.has('GROUP_TOO_LARGE')).toBe(false)
      }
    }),
  )
})
