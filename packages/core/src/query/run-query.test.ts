import { describe, expect, test } from 'vitest'
import { planQuery, type AccessPath } from './plan.ts'
import { EVERYTHING, type Doc, type QuerySpec } from './query-spec.ts'
import { runCount, runQuery, type QuerySource, type QueryWalk } from './run-query.ts'

const PATH: AccessPath = {
  index: null,
  ranges: [{}],
  reverse: false,
  ordered: true,
  sortedBy: 0,
  filterCovered: true,
}
const DOCS: readonly Doc[] = Array.from({ length: 2000 }, (_, i) => ({
  id: String(i).padStart(5, '0'),
  n: i >> 1,
}))

/** Gives the documents in their order, whatever the index, and counts what it was asked for. */
function countingSource(docs: readonly Doc[] = DOCS): {
  source: QuerySource
  pages: QueryWalk[]
  parsed: () => number
} {
  const pages: QueryWalk[] = []
  let parsed = 0
  const source: QuerySource = {
    count: () => Promise.resolve(docs.length),
    page(walk) {
      pages.push(walk)
      const from = walk.after === undefined ? 0 : docs.findIndex(({ id }) => id === walk.after?.id) + 1
      const found = docs.slice(from, from + walk.limit)
      const rows = found.map((doc) => ({
        id: doc.id,
        get doc(): Doc {
          parsed++
          return doc
        },
      }))
      const last = found.at(-1)
      return Promise.resolve({ rows, next: last && found.length === walk.limit ? { id: last.id } : null })
    },
  }
  return { source, pages, parsed: () => parsed }
}

describe('runQuery', () => {
  test('reads no more than it gives where the store can limit, and parses nothing it passes over (Q6)', async () => {
    const { source, pages, parsed } = countingSource()
    const found = await runQuery({ ...EVERYTHING, offset: 20, limit: 10 }, PATH, source)
    expect(found).toEqual(DOCS.slice(20, 30))
    expect(pages).toEqual([{ index: null, range: {}, reverse: false, limit: 30 }])
    expect(parsed()).toBe(10)
  })

  test('reads page by page where it must look at many (Q6)', async () => {
    const { source, pages } = countingSource()
    expect(await runQuery(EVERYTHING, PATH, source)).toEqual(DOCS)
    expect(pages.length).toBeLessThan(10)
    expect(Math.max(...pages.map(({ limit }) => limit))).toBeLessThanOrEqual(500)
  })

  test('stops early in a walk that follows the first part of the order (Q4, Q6)', async () => {
    const { source, parsed } = countingSource()
    const spec: QuerySpec = {
      ...EVERYTHING,
      orderBy: [
        { path: ['n'], direction: 'asc' },
        { path: ['id'], direction: 'desc' },
      ],
      limit: 3,
    }
    const found = await runQuery(spec, { ...PATH, index: 'n', ordered: false, sortedBy: 1 }, source)
    expect(found.map(({ id }) => id)).toEqual(['00001', '00000', '00003'])
    expect(parsed()).toBeLessThan(10)
  })

  test('does not stop at a row that matches nothing, whatever it holds at a path the filter fixes (Q6)', async () => {
    const docs: Doc[] = [{ id: '0', a: 'x' }, { id: '1', b: 5, a: '' }, { id: '2' }]
    const spec: QuerySpec = {
      filter: { op: 'is-null', path: ['b'] },
      orderBy: [
        { path: ['b'], direction: 'asc' },
        { path: ['a'], direction: 'asc' },
      ],
      offset: 0,
      limit: 1,
    }
    const plan = planQuery(spec, [])
    expect(plan).toMatchObject({ ordered: false, sortedBy: 1 })
    expect(await runQuery(spec, plan, countingSource(docs).source)).toEqual([{ id: '2' }])
  })

  test('gives a row that moves while it is walked over once (Q6)', async () => {
    const moving: Doc[] = [...DOCS.slice(0, 700), { id: '00000', n: 9999 }]
    const pages = [moving.slice(0, 500), moving.slice(500)]
    const source: QuerySource = {
      page: () => {
        const rows = (pages.shift() as Doc[]).map((doc) => ({ id: doc.id, doc }))
        return Promise.resolve({ rows, next: pages.length > 0 ? { id: 'x', key: new Uint8Array() } : null })
      },
    }
    const found = await runQuery(EVERYTHING, { ...PATH, index: 'n' }, source)
    expect(found).toEqual(DOCS.slice(0, 700))
  })

  test('limit(0) and an empty plan read nothing (Q7)', async () => {
    const { source, pages } = countingSource()
    expect(await runQuery({ ...EVERYTHING, limit: 0 }, PATH, source)).toEqual([])
    expect(await runQuery(EVERYTHING, { ...PATH, ranges: [] }, source)).toEqual([])
    expect(await runCount({ ...EVERYTHING, limit: 0 }, PATH, source)).toBe(0)
    expect(pages).toEqual([])
  })
})

describe('runCount', () => {
  test('leaves counting to the store where the path covers the filter (Q6)', async () => {
    const { source, pages } = countingSource()
    expect(await runCount(EVERYTHING, PATH, source)).toBe(2000)
    expect(await runCount({ ...EVERYTHING, offset: 1990, limit: 100 }, PATH, source)).toBe(10)
    expect(await runCount({ ...EVERYTHING, offset: 3000 }, PATH, source)).toBe(0)
    expect(pages).toEqual([])
  })

  test('counts rows itself where it must, without parsing what is covered (Q6)', async () => {
    const { source, parsed } = countingSource()
    expect(await runCount({ ...EVERYTHING, limit: 70 }, PATH, { page: source.page })).toBe(70)
    expect(parsed()).toBe(0)
    const filtered: QuerySpec = { ...EVERYTHING, filter: { op: '<', path: ['n'], value: 600 } }
    expect(await runCount(filtered, { ...PATH, filterCovered: false }, source)).toBe(1200)
  })
})
