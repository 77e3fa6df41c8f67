import { describe, expect, test } from 'vitest'
import { createLiveView, type LiveView } from './live-view.ts'
import { compareDocuments } from './order.ts'
import type { Doc, QuerySpec } from './query-spec.ts'

const BY_N: QuerySpec = {
  filter: { op: '==', path: ['on'], value: true },
  orderBy: [{ path: ['n'], direction: 'asc' }],
  offset: 0,
  limit: null,
}
const doc = (n: number, more: Partial<Doc> = {}): Doc => ({ id: `d${n}`, n, on: true, ...more }) as Doc
const docs = (count: number): Doc[] => Array.from({ length: count }, (_, n) => doc(n))
const change = (after: Doc): { id: string; after: Doc } => ({ id: after.id, after })
const gone = (n: number): { id: string; after: undefined } => ({ id: `d${n}`, after: undefined })

function loaded(spec: QuerySpec, documents: readonly Doc[], slack?: number): LiveView {
  const view = createLiveView(spec, undefined, undefined, slack)
  const { limit } = view.beginLoad()
  view.load(documents.slice(0, limit ?? undefined))
  return view
}

const numbers = (view: LiveView): unknown[] | undefined => view.current?.map(({ n }) => n)

describe('createLiveView', () => {
  test('shows nothing before it is loaded, and then what was loaded (Q8)', () => {
    const view = createLiveView(BY_N)
    expect(view.current).toBeUndefined()
    expect(view.apply([change(doc(1))])).toEqual({ changed: false, needsRefill: false })
    expect(view.current).toBeUndefined()
    expect(view.beginLoad()).toEqual(BY_N)
    expect(view.load([])).toEqual({ changed: true, needsRefill: false })
    expect(view.current).toEqual([])
  })

  test('does not change for what it does not show (Q8)', () => {
    const view = loaded(BY_N, docs(3))
    const before = view.current
    for (const after of [doc(9, { on: false }), doc(1), { ...doc(2), on: true }]) {
      expect(view.apply([change(after)])).toEqual({ changed: false, needsRefill: false })
    }
    expect(view.apply([gone(77)]).changed).toBe(false)
    expect(view.apply([]).changed).toBe(false)
    expect(view.current).toBe(before)
  })

  test('keeps the identity of documents that did not change, and of none that did (Q8)', () => {
    const view = loaded(BY_N, docs(4))
    const before = view.current as readonly Doc[]
    const edited = doc(1, { text: 'new' })
    expect(view.apply([change(edited), change({ ...doc(2) }), change(doc(9))]).changed).toBe(true)
    const now = view.current as readonly Doc[]
    expect(now).not.toBe(before)
    expect(before).toEqual(docs(4))
    expect(now[0]).toBe(before[0])
    expect(now[1]).toBe(edited)
    expect(now[2]).toBe(before[2])
    expect(now[4]?.n).toBe(9)
  })

  test('keeps identity through a load, which changes nothing where the result is the same (Q8)', () => {
    const view = loaded(BY_N, docs(4))
    const before = view.current as readonly Doc[]
    view.beginLoad()
    expect(view.load(docs(4))).toEqual({ changed: false, needsRefill: false })
    expect(view.current).toBe(before)
    view.beginLoad()
    expect(view.load([...docs(4), doc(5)]).changed).toBe(true)
    expect((view.current as readonly Doc[])[2]).toBe(before[2])
  })

  test('follows documents that enter, leave and move (Q9)', () => {
    const view = loaded(BY_N, docs(5))
    view.apply([gone(0), change(doc(1, { n: 9 })), change(doc(2, { on: false })), change(doc(7))])
    expect(numbers(view)).toEqual([3, 4, 7, 9])
    view.apply([change(doc(2)), change(doc(2, { n: 3.5 }))])
    expect(numbers(view)).toEqual([3, 3.5, 4, 7, 9])
  })

  test('applies again what was committed while it was loading (Q9)', () => {
    const view = loaded(BY_N, docs(3))
    view.beginLoad()
    expect(view.apply([change(doc(5))]).changed).toBe(true)
    view.apply([gone(0)])
    expect(view.load(docs(3)).changed).toBe(false)
    expect(numbers(view)).toEqual([1, 2, 5])

    const fresh = createLiveView(BY_N)
    fresh.beginLoad()
    expect(fresh.apply([change(doc(1, { n: 0 }))]).changed).toBe(false)
    fresh.load([doc(0), doc(1), doc(1, { n: 4 })])
    expect(fresh.current?.map(({ id }) => id)).toEqual(['d0', 'd1'])
  })

  test('puts in order what moved while it was read, and shows nothing twice (Q9)', () => {
    const view = createLiveView(BY_N)
    view.beginLoad()
    view.load([doc(3), doc(1), doc(2), doc(3, { text: 'later' })])
    expect(numbers(view)).toEqual([1, 2, 3])
    expect(view.current?.[2]).toMatchObject({ text: 'later' })
    view.apply([gone(1)])
    expect(numbers(view)).toEqual([2, 3])
  })

  test('asks for slack with a window, and fills it from there (Q9)', () => {
    const window = { ...BY_N, offset: 1, limit: 2 }
    const view = createLiveView(window, undefined, undefined, 2)
    expect(view.beginLoad()).toEqual({ ...BY_N, offset: 0, limit: 5 })
    view.load(docs(10).slice(0, 5))
    expect(numbers(view)).toEqual([1, 2])
    expect(view.apply([gone(1)])).toEqual({ changed: true, needsRefill: false })
    expect(numbers(view)).toEqual([2, 3])
    // Not shown, but it moves what is.
    expect(view.apply([gone(0)])).toEqual({ changed: true, needsRefill: false })
    expect(numbers(view)).toEqual([3, 4])
    expect(view.apply([gone(2)])).toEqual({ changed: false, needsRefill: true })
    expect(numbers(view)).toEqual([3, 4])
    view.beginLoad()
    expect(view.load([3, 4, 5, 6, 7].map((n) => doc(n)))).toEqual({ changed: true, needsRefill: false })
    expect(numbers(view)).toEqual([4, 5])
  })

  test('ignores what sorts behind the rows it knows (Q8, Q9)', () => {
    const view = loaded({ ...BY_N, limit: 2 }, docs(10), 2)
    expect(view.apply([change(doc(50))])).toEqual({ changed: false, needsRefill: false })
    expect(view.apply([change(doc(3, { n: 60 }))])).toEqual({ changed: false, needsRefill: false })
    expect(view.apply([gone(0), gone(1), change(doc(2, { n: 2.5 }))])).toEqual({
      changed: false,
      needsRefill: true,
    })
    expect(view.apply([change(doc(20, { n: 0.5 }))])).toEqual({ changed: true, needsRefill: false })
    expect(numbers(view)).toEqual([0.5, 2.5])
  })

  test('never needs a refill where it knows every document (Q9)', () => {
    const view = loaded({ ...BY_N, limit: 3 }, docs(3), 2)
    expect(view.apply([gone(0), gone(1), gone(2)])).toEqual({ changed: true, needsRefill: false })
    expect(view.current).toEqual([])
    view.apply([change(doc(9))])
    expect(numbers(view)).toEqual([9])
  })

  test('needs another load where what was loaded is too little already (Q9)', () => {
    const view = createLiveView({ ...BY_N, limit: 2 }, undefined, undefined, 0)
    view.beginLoad()
    view.apply([gone(0)])
    expect(view.load(docs(2))).toEqual({ changed: false, needsRefill: true })
    expect(view.current).toBeUndefined()
    view.beginLoad()
    expect(view.load([doc(1), doc(2)])).toEqual({ changed: true, needsRefill: false })
    expect(numbers(view)).toEqual([1, 2])
  })

  test('limit(0) is empty and stays so (Q7)', () => {
    const view = createLiveView({ ...BY_N, limit: 0 })
    expect(view.beginLoad().limit).toBe(0)
    expect(view.load([])).toEqual({ changed: true, needsRefill: false })
    expect(view.apply([change(doc(1))])).toEqual({ changed: false, needsRefill: false })
    expect(view.current).toEqual([])
  })

  test('finds a document again that someone changed in place (Q9)', () => {
    const view = loaded(BY_N, docs(5))
    Object.assign((view.current as Doc[])[1] as object, { n: 99 })
    view.apply([gone(1)])
    expect(numbers(view)).toEqual([0, 2, 3, 4])
  })
})

describe('the cost of a live view', () => {
  const SIZE = 100_000
  const counting = (): { view: LiveView; comparisons: () => number } => {
    const compare = compareDocuments(BY_N.orderBy)
    let count = 0
    const view = createLiveView(BY_N, (a, b) => (count++, compare(a, b)))
    view.load(docs(SIZE))
    count = 0
    return { view, comparisons: () => count }
  }

  test('one change compares a few times, whatever is stored (Q8)', () => {
    const { view, comparisons } = counting()
    view.apply([change(doc(50_000, { n: 7.5 }))])
    expect(comparisons()).toBeLessThan(60)
    expect(view.current?.[8]?.id).toBe('d50000')
  })

  test('many changes compare for each change and not for each pair (Q8)', () => {
    const { view, comparisons } = counting()
    const changed = 10_000
    view.apply(Array.from({ length: changed }, (_, i) => change(doc(i * 10, { n: SIZE - i * 7 - 0.5 }))))
    expect(comparisons()).toBeLessThan(changed * 60)
    expect(view.current?.length).toBe(SIZE)
  })

  test('a window compares by what it keeps, not by what is stored (Q8)', () => {
    const compare = compareDocuments(BY_N.orderBy)
    let count = 0
    const view = createLiveView({ ...BY_N, limit: 10 }, (a, b) => (count++, compare(a, b)))
    view.load(docs(view.beginLoad().limit as number))
    count = 0
    for (let n = 0; n < 1000; n++) view.apply([change(doc(1000 + n))])
    expect(count).toBe(1000)
  })
})
