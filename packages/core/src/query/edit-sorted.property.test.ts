import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { editSorted } from './edit-sorted.ts'
import { compareDocuments } from './order.ts'
import type { Doc } from './query-spec.ts'

// Many runs on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 })

const compare = compareDocuments([{ path: ['n'], direction: 'asc' }])
const documents = (prefix: string, maxLength: number): fc.Arbitrary<Doc[]> =>
  fc
    .array(fc.nat({ max: 50 }), { maxLength, size: 'max' })
    .map((numbers) => numbers.map((n, i): Doc => ({ id: `${prefix}${i}`, n })))

describe('editSorted', () => {
  test('gives what removing, adding and sorting again would, few or many, and leaves the old rows alone (Q9)', () => {
    const editsOf = (rows: Doc[]): fc.Arbitrary<readonly [Doc[], Doc[], Doc[]]> =>
      fc.tuple(
        fc.constant(rows.toSorted(compare)),
        fc.oneof(
          fc.shuffledSubarray(rows, { maxLength: Math.min(rows.length, 12) }),
          fc.shuffledSubarray(rows),
        ),
        fc.oneof(documents('new', 3), documents('new', 30)),
      )
    fc.assert(
      fc.property(
        fc.oneof(documents('old', 8), documents('old', 300)).chain(editsOf),
        ([rows, removals, inserts]) => {
          const before = [...rows]
          const expected = [...rows.filter((row) => !removals.includes(row)), ...inserts].sort(compare)
          const edited = editSorted(rows, removals, inserts, compare)
          expect(edited.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
          expect(edited === rows || before.some((row, i) => row !== rows[i])).toBe(false)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
