import { describe, expect, test } from 'vitest'
import { createArrivedPages } from './arrived-pages.ts'

const page = (from: string, cursor: string, changes: number = 1) => ({
  from,
  cursor,
  epoch: 'e',
  hasMore: false,
  serverTime: null,
  changes: Array.from({ length: changes }, (_, n) => ({
    kind: 'leave' as const,
    collection: 'todos',
    id: `${cursor}-${n}`,
    version: 'v',
  })),
})

const cursorsOf = ({
  pages,
}: {
  readonly pages: readonly { readonly response: { readonly cursor: string } }[]
}) => pages.map(({ response }) => response.cursor)

describe('createArrivedPages', () => {
  test('gives the pages that follow on the cursor, each on the one before (W36)', () => {
    const arrived = createArrivedPages()
    expect(arrived.add(page('a', 'b'))).toBe(true)
    arrived.add(page('b', 'c'))
    const taken = arrived.take('a')
    expect(cursorsOf(taken)).toEqual(['b', 'c'])
    expect(taken.complete).toBe(true)
    expect(arrived.take('c')).toEqual({ pages: [], complete: true })
  })

  test('passes over what leads to where the round already is, and what came twice (W36)', () => {
    const arrived = createArrivedPages()
    for (const [from, to] of ['ab', 'bc', 'bc', 'cd', 'dd']) arrived.add(page(from!, to!))
    const taken = arrived.take('b')
    expect(cursorsOf(taken)).toEqual(['c', 'd'])
    expect(taken.complete).toBe(true)
    arrived.add(page('a', 'd'))
    expect(arrived.take('d')).toEqual({ pages: [], complete: true })
  })

  test('says where there is a gap, at the beginning or later (W36)', () => {
    const arrived = createArrivedPages()
    arrived.add(page('b', 'c'))
    expect(arrived.take('a')).toEqual({ pages: [], complete: false })
    arrived.add(page('a', 'b'))
    arrived.add(page('c', 'd'))
    const taken = arrived.take('a')
    expect(cursorsOf(taken)).toEqual(['b'])
    expect(taken.complete).toBe(false)
  })

  test('what came out of order is put in order; what does not fit asks the backend (W36)', () => {
    const arrived = createArrivedPages()
    arrived.add(page('b', 'c'))
    arrived.add(page('a', 'b'))
    expect(cursorsOf(arrived.take('a'))).toEqual(['b', 'c'])
    arrived.add(page('a', 'c'))
    arrived.add(page('a', 'b'))
    expect(arrived.take('a').complete).toBe(false)
  })

  test('a cursor that is not there yet, and a taken page that came to nothing, ask the backend (W36)', () => {
    const arrived = createArrivedPages()
    arrived.add(page('a', 'b'))
    expect(arrived.take(null)).toEqual({ pages: [], complete: false })
    arrived.add(page('a', 'b'))
    arrived.take('a')
    arrived.returnTaken()
    expect(arrived.take('a').complete).toBe(false)
    expect(arrived.take('a').complete).toBe(true)
  })

  test('keeps no more than a round takes, and nothing it cannot read (W36)', () => {
    const arrived = createArrivedPages()
    expect(arrived.add(page('a', 'b', 5_000))).toBe(true)
    expect(arrived.add(page('b', 'c'))).toBe(false)
    expect(arrived.take('a')).toEqual({ pages: [], complete: false })
    expect(arrived.add({ ...page('a', 'b'), cursor: 1 } as never)).toBe(false)
    expect(arrived.add({ ...page('a', 'b'), from: undefined } as never)).toBe(false)
    expect(arrived.add(null as never)).toBe(false)
  })
})
