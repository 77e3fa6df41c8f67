import type { Cursor } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { type FollowedScope, followFrom, pulledTo, toldOf } from './followed-scope.ts'

type Message = Parameters<typeof toldOf>[1]

const page = (from: Cursor, to: Cursor, more: { hasMore?: boolean; unreadable?: number } = {}): Message => ({
  type: 'page',
  id: 1,
  page: { from, cursor: to, changes: [], epoch: 'e', hasMore: more.hasMore ?? false, serverTime: null },
  unreadable: Array.from({ length: more.unreadable ?? 0 }, (_, index) => ({ index, reason: 'why' })),
})
const SUBSCRIBED: Message = { type: 'subscribed', id: 1 }
const WAKE: Message = { type: 'wake', id: 1 }

/** The state after messages, and which of them came with a page (1), were bare wakes (0), or said nothing (-). */
function after(start: FollowedScope, ...messages: readonly Message[]): readonly [FollowedScope, string] {
  let state = start
  let told = ''
  for (const message of messages) {
    const step = toldOf(state, message)
    state = step.state
    told += step.wake === undefined ? '-' : Number(step.wake.page !== undefined)
  }
  return [state, told]
}

const live = (cursor: Cursor | null = 'a'): FollowedScope => after(followFrom(cursor), SUBSCRIBED)[0]

describe('a followed scope', () => {
  test('passes pages on that follow on each other, and keeps its place', () => {
    const [state, told] = after(live(), page('a', 'b'), page('b', 'c'))
    expect([state.expected, state.isLost, told]).toEqual(['c', false, '11'])
    expect(pulledTo(state, 'd')).toBeNull()
  })

  test('has lost its place after a wake, a page that does not follow, and one that has more behind it', () => {
    for (const message of [WAKE, page('b', 'c'), page('a', 'b', { hasMore: true })]) {
      const [state] = after(live(), message)
      expect(state.isLost).toBe(true)
      expect(pulledTo(state, 'd')).toEqual(followFrom('d'))
    }
  })

  test('tells of every change, with the page where that can be read whole', () => {
    const messages = [
      WAKE,
      page('x', 'y'),
      page('a', 'b', { hasMore: true }),
      page('a', 'b', { unreadable: 1 }),
    ]
    expect(after(live(), ...messages)[1]).toBe('0100')
  })

  test('keeps its place over a page that cannot be read whole', () => {
    const [state] = after(live(), page('a', 'b', { unreadable: 1 }))
    expect([state.expected, state.isLost]).toEqual(['b', false])
  })

  test('passes on what is said of an earlier place, which says nothing of the new one', () => {
    const lost = after(live(), WAKE)[0]
    const again = pulledTo(lost, 'd')!
    const [asked, told] = after(again, page('b', 'c'), WAKE)
    expect([asked.expected, asked.isLost, told]).toEqual(['d', false, '10'])
    expect(pulledTo(asked, 'e')).toBeNull()
    const [state] = after(asked, SUBSCRIBED, page('d', 'e'))
    expect([state.expected, state.isLost]).toEqual(['e', false])
  })

  test('begins without a place where there is no cursor: the server wakes it', () => {
    const [state, told] = after(live(null), WAKE)
    expect(told).toBe('0')
    expect(pulledTo(state, 'a')).toEqual(followFrom('a'))
  })

  test('is not thrown off by subscribes that were answered twice', () => {
    expect(after(live(), SUBSCRIBED, SUBSCRIBED)[0].unanswered).toBe(0)
  })
})
