import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Filter } from '../protocol/filter.ts'
import { compileFilter } from './evaluate.ts'
import { createLiveView, type DocumentChange } from './live-view.ts'
import { compareDocuments } from './order.ts'
import type { Doc, QuerySpec } from './query-spec.ts'

// Many runs on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 })

const ids = Array.from({ length: 12 }, (_, i) => `d${String(i).padStart(2, '0')}`)
const document = fc.record(
  {
    id: fc.constantFrom(...ids),
    n: fc.integer({ min: 0, max: 4 }),
    on: fc.boolean(),
    text: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<Doc>
const change: fc.Arbitrary<DocumentChange> = fc.oneof(
  { weight: 3, arbitrary: document.map((after) => ({ id: after.id, after })) },
  { weight: 2, arbitrary: fc.constantFrom(...ids).map((id) => ({ id, after: undefined })) },
)
/** Small and large batches, which take different paths. */
const batch = fc.oneof(fc.array(change, { maxLength: 3 }), fc.array(change, { minLength: 8, maxLength: 14 }))
const filters: readonly (Filter | null)[] = [
  null,
  { op: '==', path: ['on'], value: true },
  { op: '<', path: ['n'], value: 3 },
]
const spec: fc.Arbitrary<QuerySpec> = fc.record({
  filter: fc.constantFrom(...filters),
  orderBy: fc.array(
    fc.record({
      path: fc.constantFrom(['n'], ['text'], ['id'], ['on']),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
    }),
    { maxLength: 2 },
  ),
  offset: fc.nat({ max: 3 }),
  limit: fc.option(fc.nat({ max: 5 })),
})

class Store {
  readonly #documents = new Map<string, Doc>()

  commit(changes: readonly DocumentChange[]): void {
    for (const { id, after } of changes) {
      if (after === undefined) this.#documents.delete(id)
      else this.#documents.set(id, after)
    }
  }

  get({ filter, orderBy, offset, limit }: QuerySpec): Doc[] {
    return [...this.#documents.values()]
      .filter(compileFilter(filter))
      .sort(compareDocuments(orderBy))
      .slice(offset, limit === null ? undefined : offset + limit)
      .map((found) => ({ ...found }))
  }
}

/** A new array exactly when the result is another one, and the same objects for all that is equal. */
function expectStep(
  before: readonly Doc[] | undefined,
  after: readonly Doc[] | undefined,
  changed: boolean,
): void {
  const same = before !== undefined && JSON.stringify(before) === JSON.stringify(after)
  expect({ changed, kept: after === before }).toEqual({ changed: !same, kept: same })
  const known = new Map(before?.map((one) => [JSON.stringify(one), one]))
  const strangers = after?.filter((one) => (known.get(JSON.stringify(one)) ?? one) !== one)
  expect(strangers).toEqual([])
}

describe('createLiveView', () => {
  test('shows after every commit what running the query again would give (Q8, Q9)', () => {
    fc.assert(
      fc.property(
        spec,
        fc.nat({ max: 4 }),
        batch,
        fc.array(batch, { maxLength: 12 }),
        (asked, slack, first, batches) => {
          const store = new Store()
          store.commit(first)
          const view = createLiveView(asked, undefined, undefined, slack)
          expectStep(undefined, store.get(asked), view.load(store.get(view.beginLoad())).changed)
          for (const changes of batches) {
            store.commit(changes)
            const before = view.current
            let update = view.apply(changes)
            if (update.needsRefill) {
              expect(update.changed).toBe(false)
              expect(view.current).toBe(before)
              update = view.load(store.get(view.beginLoad()))
            }
            expect(update.needsRefill).toBe(false)
            expect(view.current).toEqual(store.get(asked))
            expectStep(before, view.current, update.changed)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('is right again after loads that take their time while commits go on (Q9)', () => {
    fc.assert(
      fc.property(
        spec,
        fc.nat({ max: 3 }),
        fc.array(fc.tuple(batch, fc.nat({ max: 3 })), { maxLength: 15 }),
        (asked, slack, steps) => {
          const store = new Store()
          const view = createLiveView(asked, undefined, undefined, slack)
          let answer: Doc[] | null = null
          let remaining = 0
          const begin = (delay: number): void => {
            answer = store.get(view.beginLoad())
            remaining = delay
          }
          const settle = (): void => {
            if (answer === null) return
            const { needsRefill } = view.load(answer)
            answer = null
            if (needsRefill) begin(0)
          }
          begin(1)
          for (const [changes, delay] of steps) {
            store.commit(changes)
            const { needsRefill } = view.apply(changes)
            if (answer !== null && remaining-- <= 0) settle()
            else if (answer === null && needsRefill) begin(delay)
            if (answer === null && view.current !== undefined) expect(view.current).toEqual(store.get(asked))
          }
          while (answer !== null) settle()
          expect(view.current).toEqual(store.get(asked))
        },
      ),
      { numRuns: 500 },
    )
  })
})
