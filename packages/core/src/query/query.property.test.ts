/** Queries against a reference that is too simple to be wrong, over a small world in which everything collides. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { KeyRange, PagePosition } from '../ports/storage.ts'
import type { Filter, ValueOperator } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import { compareBytes } from '../shared/compare-bytes.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import { canonicalJson } from '../shared/canonical-json.ts'
import type { Json } from '../shared/json.ts'
import { canonicalFilter, querySpecKey } from './canonical-filter.ts'
import { compileFilter } from './evaluate.ts'
import { compileIndexKeys, parseIndexes, type IndexDefinition } from './index-definition.ts'
import { idKey } from './index-key.ts'
import { compareJson } from './order.ts'
import { planQuery } from './plan.ts'
import type { Doc, OrderBy, QuerySpec } from './query-spec.ts'
import { runCount, runQuery, type QuerySource, type QueryWalk } from './run-query.ts'

// Many runs on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 })

const PATHS: readonly Path[] = [['a'], ['b'], ['c', 'd'], ['c'], ['id']]
const TEXTS = ['', 'a', 'ab', 'abc', 'b', 'é', '\ud7ff', '\ue000', '\uff21', '😀', '😀x', '\u{10ffff}']

const scalar = fc.oneof(
  fc.constantFrom<Json>(null, false, true),
  fc.constantFrom<Json>(-1, 0, 1, 1.5, 2),
  fc.constantFrom<Json>(...TEXTS),
)
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.record({ d: scalar, e: scalar }, { requiredKeys: [] }) },
)
const id = fc.constantFrom(
  '0',
  '1',
  'a',
  'ab',
  'abc',
  'b',
  'é',
  '\ud7ff',
  '\ue000',
  '\uff21',
  '😀',
  '😀x',
  'zz',
)
const documents: fc.Arbitrary<Doc[]> = fc.uniqueArray(
  fc
    .record({ id, a: value, b: value, c: fc.oneof(value, fc.record({ d: value })) }, { requiredKeys: ['id'] })
    .map((doc) => doc as Doc),
  { selector: (doc) => doc.id, maxLength: 13 },
)
const path = fc.constantFrom(...PATHS)
const list = fc.array(value, { maxLength: 4 })
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    op: fc.constantFrom<ValueOperator>('==', '!=', '<', '<=', '>', '>=', 'array-contains'),
    path,
    value,
  }),
  fc.record({ op: fc.constantFrom<ValueOperator>('in', 'not-in', 'array-contains-any'), path, value: list }),
  fc.record({
    op: fc.constantFrom<ValueOperator>('contains', 'starts-with', 'ends-with'),
    path,
    value: fc.constantFrom<Json>(...TEXTS),
  }),
  fc.record({ op: fc.constantFrom('is-null' as const, 'is-not-null' as const), path }),
)
const filter: fc.Arbitrary<Filter> = fc.letrec<{ node: Filter }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('node'), { maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), filter: tie('node') }),
  ),
})).node
const spec: fc.Arbitrary<QuerySpec> = fc.record({
  filter: fc.option(filter),
  orderBy: fc.array(fc.record({ path, direction: fc.constantFrom('asc' as const, 'desc' as const) }), {
    maxLength: 3,
  }),
  offset: fc.nat({ max: 4 }),
  limit: fc.option(fc.nat({ max: 6 })),
})
const indexes = fc
  .array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c.d', 'c', 'id'), { minLength: 1, maxLength: 3 }), {
    maxLength: 3,
  })
  .map((declared) => parseIndexes(declared))

/** What the rules say, word by word. */
function naive(node: Filter, doc: Doc): boolean {
  switch (node.op) {
    case 'and':
      return !node.filters.some((part) => !naive(part, doc))
    case 'or':
      return node.filters.some((part) => naive(part, doc))
    case 'not':
      return !naive(node.filter, doc)
    default:
  }
  let at: unknown = doc
  for (const key of node.path) {
    const isObject = typeof at === 'object' && at !== null && !Array.isArray(at)
    at = isObject ? new Map(Object.entries(at as object)).get(key) : undefined
  }
  const actual = (at ?? null) as Json
  const same = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b)
  const type = (one: Json): string => (one === null ? 'null' : Array.isArray(one) ? 'array' : typeof one)
  if (!('value' in node)) return (node.op === 'is-null') === (actual === null)
  const asked: Json = node.value
  const members = asked as Json[]
  switch (node.op) {
    case '==':
      return same(actual, asked)
    case '!=':
      return !same(actual, asked)
    case 'in':
      return members.some((member) => same(member, actual))
    case 'not-in':
      return !members.some((member) => same(member, actual))
    case '<':
      return type(actual) === type(asked) && compareJson(actual, asked) < 0
    case '<=':
      return type(actual) === type(asked) && compareJson(actual, asked) <= 0
    case '>':
      return type(actual) === type(asked) && compareJson(actual, asked) > 0
    case '>=':
      return type(actual) === type(asked) && compareJson(actual, asked) >= 0
    case 'array-contains':
      return Array.isArray(actual) && (actual as Json[]).some((member) => same(member, asked))
    case 'array-contains-any':
      return (
        Array.isArray(actual) && (actual as Json[]).some((member) => members.some((one) => same(one, member)))
      )
    case 'contains':
      return typeof actual === 'string' && actual.includes(asked as string)
    case 'starts-with':
      return typeof actual === 'string' && actual.startsWith(asked as string)
    case 'ends-with':
      return typeof actual === 'string' && actual.endsWith(asked as string)
  }
}

function naiveQuery({ filter: asked, orderBy, offset, limit }: QuerySpec, docs: readonly Doc[]): Doc[] {
  const at = (doc: Doc, keys: Path): Json | undefined => {
    let one: unknown = doc
    for (const key of keys) {
      one =
        typeof one === 'object' && one !== null && !Array.isArray(one)
          ? (one as Record<string, unknown>)[key]
          : null
    }
    return one as Json | undefined
  }
  return docs
    .filter((doc) => asked === null || naive(asked, doc))
    .sort((x, y) => {
      for (const { path: keys, direction } of orderBy) {
        const order = compareJson(at(x, keys), at(y, keys))
        if (order !== 0) return direction === 'asc' ? order : -order
      }
      return compareCodePoints(x.id, y.id)
    })
    .slice(offset, limit === null ? undefined : offset + limit)
}

interface Entry {
  readonly key: Uint8Array
  readonly doc: Doc
}

const byKey = (x: Entry, y: Entry): number =>
  compareBytes(x.key, y.key) || compareCodePoints(x.doc.id, y.doc.id)

/** A store's walk as ST5 tells it, over sorted entries; pages are small so that every seam is met. */
function sortedSource(
  docs: readonly Doc[],
  definitions: readonly IndexDefinition[],
  pageSize: number,
): QuerySource {
  const keysOf = compileIndexKeys(definitions)
  const inRange = (key: Uint8Array, { lower, lowerExclusive, upper, upperExclusive }: KeyRange): boolean => {
    if (lower && compareBytes(key, lower) < (lowerExclusive ? 1 : 0)) return false
    return !(upper && compareBytes(key, upper) > (upperExclusive ? -1 : 0))
  }
  const sortedByIndex = new Map(
    [null, ...definitions].map((definition, place) => {
      const keyOf = (doc: Doc): Uint8Array =>
        definition === null ? idKey(doc.id) : (keysOf(doc)[place - 1] as Uint8Array)
      const entries = docs.map((doc) => ({ doc, key: keyOf(doc) }))
      return [definition?.name ?? null, entries.sort(byKey)] as const
    }),
  )
  const entries = ({ index, range, reverse }: Omit<QueryWalk, 'limit'>): Entry[] => {
    const sorted = sortedByIndex.get(index)
    if (sorted === undefined) throw new Error(`no index ${index}`)
    const found = sorted.filter(({ key }) => inRange(key, range))
    // Equal keys stay in the order of ids.
    return reverse ? found.sort((x, y) => compareBytes(y.key, x.key)) : found
  }
  return {
    count: (request) => Promise.resolve(entries(request).length),
    page(request) {
      const all = entries(request)
      const { after } = request
      const from = after === undefined ? 0 : all.findIndex(({ doc }) => doc.id === after.id) + 1
      const rows = all.slice(from, from + Math.min(pageSize, request.limit))
      const last = rows.at(-1)
      const next: PagePosition | null =
        last === undefined || from + rows.length >= all.length
          ? null
          : { id: last.doc.id, ...(request.index === null ? {} : { key: last.key }) }
      return Promise.resolve({ rows: rows.map(({ doc }) => ({ id: doc.id, doc })), next })
    },
  }
}

describe('compileFilter', () => {
  test('agrees with a naive evaluator on every filter (Q1, Q2, Q3)', () => {
    fc.assert(
      fc.property(filter, documents, (asked, docs) => {
        const matches = compileFilter(asked)
        for (const doc of docs) expect(matches(doc)).toBe(naive(asked, doc))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('canonicalFilter', () => {
  test('means the same as the filter, and is its own canonical form (Q2)', () => {
    fc.assert(
      fc.property(filter, documents, (asked, docs) => {
        const canonical = canonicalFilter(asked)
        for (const doc of docs) expect(naive(canonical, doc)).toBe(naive(asked, doc))
        expect(canonicalFilter(canonical)).toEqual(canonical)
      }),
      { numRuns: 500 },
    )
  })

  test('gives equal specs equal keys, whatever the order of conditions (Q7)', () => {
    fc.assert(
      fc.property(spec, fc.array(filter, { maxLength: 4 }), (asked, filters) => {
        const one = querySpecKey({ ...asked, filter: { op: 'and', filters } })
        const other = querySpecKey({ ...asked, filter: { op: 'and', filters: filters.toReversed() } })
        expect(one).toBe(other)
      }),
      { numRuns: 200 },
    )
  })
})

describe('planQuery with runQuery', () => {
  test('finds the same for every operator with every value, by id and by index (Q1, Q3, Q6)', async () => {
    const scalars: Json[] = [null, false, true, -1, 0, 1, 1.5, ...TEXTS]
    const values: Json[] = [...scalars, [], ['a'], [0, 'a'], {}, { d: 'a' }]
    const docs: Doc[] = ['0', ...TEXTS.filter((text) => text !== ''), 'zz'].flatMap((one, i) => [
      { id: one, a: values[i % values.length] as Json },
      { id: `${one}-`, a: values[(i + 12) % values.length] as Json, b: 1 },
    ])
    const asked: Filter[] = [['a'], ['id'], ['b']].flatMap((keys) => [
      ...(['==', '!=', '<', '<=', '>', '>=', 'array-contains'] as const).flatMap((op) =>
        values.map((one): Filter => ({ op, path: keys, value: one })),
      ),
      ...(['contains', 'starts-with', 'ends-with'] as const).flatMap((op) =>
        TEXTS.map((one): Filter => ({ op, path: keys, value: one })),
      ),
      ...(['in', 'not-in', 'array-contains-any'] as const).flatMap((op) =>
        values.map((one, i): Filter => ({
          op,
          path: keys,
          value: [one, values[(i + 9) % values.length] as Json],
        })),
      ),
    ])
    const defined = parseIndexes(['a', ['a', 'b'], 'b'])
    const source = sortedSource(docs, defined, 50)
    const orders: OrderBy[][] = [
      [],
      [{ path: ['a'], direction: 'desc' }],
      [{ path: ['b'], direction: 'asc' }],
    ]
    const specs = asked
      .flatMap((positive): Filter[] => [positive, { op: 'not', filter: positive }])
      .flatMap((one) =>
        (JSON.stringify(one).includes('["a"]') ? orders : orders.slice(0, 1)).map((orderBy) => ({
          one,
          orderBy,
        })),
      )
    const idsOf = (found: readonly Doc[]): string => found.map((doc) => doc.id).join()
    const wrong: unknown[] = []
    for (const { one, orderBy } of specs) {
      const everything: QuerySpec = { filter: one, orderBy, offset: 0, limit: null }
      const expected = naiveQuery(everything, docs)
      for (const available of [[], ...defined.map((index) => [index])]) {
        const plan = planQuery(everything, available)
        const found = await runQuery(everything, plan, source)
        const count = await runCount(everything, plan, source)
        if (idsOf(found) !== idsOf(expected) || count !== expected.length)
          wrong.push({ everything, plan, found, count })
      }
    }
    expect(wrong).toEqual([])
  })

  test('finds the same documents in the same order with and without indexes (Q4, Q6)', async () => {
    await fc.assert(
      fc.asyncProperty(
        spec,
        documents,
        indexes,
        fc.integer({ min: 1, max: 5 }),
        async (asked, docs, defined, size) => {
          const expected = naiveQuery(asked, docs).map((doc) => doc.id)
          const source = sortedSource(docs, defined, size)
          // Not only the chosen path: every index must do, and none.
          for (const available of [defined, [], ...defined.map((one) => [one])]) {
            const found = await runQuery(asked, planQuery(asked, available), source)
            expect(found.map((doc) => doc.id)).toEqual(expected)
            expect(await runCount(asked, planQuery(asked, available, 'count'), source)).toBe(expected.length)
            const { page } = source
            expect(await runCount(asked, planQuery(asked, available), { page })).toBe(expected.length)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('keeps its promises: ranges hold every match, and only matches where the filter is covered (Q6)', async () => {
    await fc.assert(
      fc.asyncProperty(spec, documents, indexes, async (asked, docs, defined) => {
        const plan = planQuery({ ...asked, limit: null }, defined)
        const source = sortedSource(docs, defined, 100)
        const walked: Doc[] = []
        for (const range of plan.reverse ? plan.ranges.toReversed() : plan.ranges) {
          const { rows } = await source.page({ index: plan.index, range, reverse: plan.reverse, limit: 100 })
          walked.push(...rows.map(({ doc }) => doc))
        }
        expect(new Set(walked).size).toBe(walked.length)
        const everything = { ...asked, offset: 0, limit: null }
        const matching = plan.filterCovered
          ? walked
          : walked.filter((doc) => compileFilter(asked.filter)(doc))
        const expected = naiveQuery(everything, docs)
        if (plan.ordered) expect(matching).toEqual(expected)
        else expect(new Set(matching)).toEqual(new Set(expected))
      }),
      { numRuns: 1000 },
    )
  })
})
