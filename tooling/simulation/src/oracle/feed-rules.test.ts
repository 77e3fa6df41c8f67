import { createMemoryStore, type MemoryStore } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { FeedRules, type Page } from './feed-rules.ts'
import type { Place, Stand } from './feed-stand.ts'

function at(position: number, more: Partial<Place> = {}): string {
  return JSON.stringify({ epoch: 1, position, ...more })
}

const START = at(0)
const FOLLOWING: Stand = { cursor: at(5), start: START, generation: 1, snapshot: null }

/** What the rules say of a commit that moves from there to there, after these pages. */
function judged(
  before: Stand | null,
  after: Stand | null,
  pages: readonly Partial<Page>[] = [],
  prepare: (rules: FeedRules) => void = () => undefined,
): readonly string[] {
  const broken: string[] = []
  const rules = new FeedRules((rule) => broken.push(rule.split(' d0 ', 1)[0]!))
  const store = createMemoryStore()
  for (const page of pages) give(rules, store, page)
  prepare(rules)
  commit(rules, store, before)
  broken.length = 0
  commit(rules, store, after)
  return broken
}

function give(rules: FeedRules, store: MemoryStore, page: Partial<Page>): void {
  const defaults = {
    scope: 's',
    from: null,
    to: START,
    isLast: true,
    isEmpty: false,
    isReplica: false,
    moment: 0,
    isHeldBack: false,
  }
  rules.given('d0', store, { ...defaults, ...page })
}

function commit(rules: FeedRules, store: MemoryStore, stand: Stand | null): void {
  const value = stand === null ? null : JSON.stringify(stand)
  const written = rules.committing('d0', 0, store, { entries: [{ name: 'feed:s', value }] })
  if (value === null) store.entries.delete('feed:s')
  else store.entries.set('feed:s', { value, revision: 1 })
  written()
}

function snapshot(reason: 'first' | 'expired' | 'epoch', cursor: string | null, sweeping = false): Stand {
  const generation = reason === 'first' ? 1 : 2
  const taken = { reason, cursor, ...(sweeping ? { sweeping } : {}) }
  return { cursor: reason === 'first' ? null : at(5), start: START, generation, snapshot: taken }
}

describe('the rules of feeds', () => {
  test('take a cursor that moves to where a page led', () => {
    expect(judged(FOLLOWING, { ...FOLLOWING, cursor: at(7) }, [{ from: at(5), to: at(7) }])).toEqual([])
  })

  test.each([
    ['back', at(3), 'I9: a cursor went back:'],
    ['into another history', at(7, { epoch: 2 }), 'I9: a cursor moved into another history:'],
  ])('see a cursor that goes %s (I9)', (_name, to, rule) => {
    expect(judged(FOLLOWING, { ...FOLLOWING, cursor: to }, [{ to }])).toEqual([rule])
  })

  test('see a cursor that moves to where no page led (W24)', () => {
    expect(judged(FOLLOWING, { ...FOLLOWING, cursor: at(7) })).toEqual([
      'W24: a cursor moved to where no page led:',
    ])
  })

  test('see a part of a round, unless no more of it came (W10)', () => {
    const pages = [{ from: at(5), to: at(7), isLast: false }]
    const after = { ...FOLLOWING, cursor: at(7) }
    expect(judged(FOLLOWING, after, pages)).toEqual(['W10: a part of a round was committed:'])
    expect(judged(FOLLOWING, after, pages, (rules) => rules.cut('d0', at(7)))).toEqual([])
    expect(judged(FOLLOWING, after, pages, (rules) => rules.cut('d1', at(7)))).toHaveLength(1)
  })

  test('see a generation that goes back, and a snapshot under the one before (I9)', () => {
    const second = { ...FOLLOWING, generation: 2 }
    expect(judged(second, FOLLOWING)).toEqual(['I9: a generation went back:'])
    const again = { ...snapshot('expired', null), generation: 1 }
    expect(judged(FOLLOWING, again)).toEqual(['I9: a snapshot began under the generation before:'])
    expect(judged(FOLLOWING, snapshot('expired', null))).toEqual([])
    expect(judged(FOLLOWING, snapshot('expired', at(9)))).toEqual([
      'I9: a resync does not begin at its beginning:',
    ])
  })

  test('see a snapshot that goes back, and take one that goes on along the feed (I9)', () => {
    const [a, b] = ['a', 'b'].map((after) => at(9, { head: 9, after })) as [string, string]
    const pages = [{ to: a }, { to: b }, { to: at(9) }, { to: at(10) }]
    expect(judged(snapshot('epoch', a), snapshot('epoch', b), pages)).toEqual([])
    expect(judged(snapshot('epoch', b), snapshot('epoch', at(9)), pages)).toEqual([])
    expect(judged(snapshot('epoch', at(9)), snapshot('epoch', at(10)), pages)).toEqual([])
    expect(judged(snapshot('epoch', b), snapshot('epoch', a), pages)).toEqual(['I9: a snapshot went back:'])
  })

  test('take the end of a resync wherever its snapshot led, and no other (I9)', () => {
    const done = { ...FOLLOWING, generation: 2, cursor: at(2) }
    expect(judged(snapshot('epoch', at(2), true), done)).toEqual([])
    expect(judged(snapshot('epoch', at(2)), done)).toEqual(['I9: a resync ended before its end:'])
    expect(judged(snapshot('epoch', at(3), true), done)).toEqual([
      'I9: a resync did not end where its snapshot led:',
    ])
  })

  test('see a feed that is forgotten, unless the app did without its scope (I9)', () => {
    expect(judged(FOLLOWING, null)).toEqual(['I9: a feed in use was forgotten:'])
    expect(judged(FOLLOWING, null, [], (rules) => rules.dropped(0, 's'))).toEqual([])
  })

  test('know a store for whole after a round to its end, and after a page that brought nothing', () => {
    const rules = new FeedRules((rule) => expect.unreachable(rule))
    const store = createMemoryStore()
    store.entries.set('feed:s', { value: JSON.stringify(FOLLOWING), revision: 1 })
    give(rules, store, { from: at(5), to: at(7), isReplica: true })
    commit(rules, store, { ...FOLLOWING, cursor: at(7) })
    expect(rules.isWhole(store, 's')).toBe(false)
    give(rules, store, { from: at(7), to: at(7), isEmpty: true, isHeldBack: true })
    expect(rules.isWhole(store, 's')).toBe(false)
    give(rules, store, { from: at(7), to: at(7), isEmpty: true })
    expect(rules.isWhole(store, 's')).toBe(true)
    commit(rules, store, { ...snapshot('expired', null), cursor: at(7) })
    expect(rules.isWhole(store, 's')).toBe(false)
  })

  test('know that a conflict shows a part, until a page that was read no earlier', () => {
    const rules = new FeedRules((rule) => expect.unreachable(rule))
    const store = createMemoryStore()
    store.entries.set('feed:s', { value: JSON.stringify(FOLLOWING), revision: 1 })
    const isWholeAfter = (position: number, moment: number): boolean => {
      give(rules, store, { to: at(position), moment })
      commit(rules, store, { ...FOLLOWING, cursor: at(position) })
      return rules.isWhole(store, 's')
    }
    expect(isWholeAfter(6, 3)).toBe(true)
    rules.shownPart(store, 's', 5)
    expect(rules.isWhole(store, 's')).toBe(false)
    expect(isWholeAfter(7, 4)).toBe(false)
    expect(isWholeAfter(8, 5)).toBe(true)
  })
})
