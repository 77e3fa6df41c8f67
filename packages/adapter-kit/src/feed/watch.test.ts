import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createWatch, type FeedHead, type Watch } from './watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A watch over heads that the test sets, and what was asked and told. */
function lab(): {
  readonly watch: Watch
  readonly heads: Map<string, FeedHead>
  readonly asked: (readonly string[])[]
  readonly woken: string[]
  readonly subscribe: (scope: string, position?: number) => { close(): Promise<void> }
  readonly fail: (error: Error | undefined) => void
  readonly mayHaveNews: { value: boolean }
} {
  const heads = new Map<string, FeedHead>()
  const asked: (readonly string[])[] = []
  const woken: string[] = []
  let failure: Error | undefined
  const mayHaveNews = { value: true }
  const watch = createWatch({
    pollIntervalMs: 100,
    mayHaveNews: () => mayHaveNews.value,
    heads: async (scopes) => {
      asked.push(scopes)
      if (failure !== undefined) throw failure
      return new Map([...heads].filter(([scope]) => scopes.includes(scope)))
    },
  })
  return {
    watch,
    heads,
    asked,
    woken,
    mayHaveNews,
    fail: (error) => {
      failure = error
    },
    subscribe: (scope, position) =>
      watch.add(
        { scope, collections: [], cursor: null },
        position === undefined ? null : { epoch: 'e', position, mark: 'm' },
        (wake) => woken.push(wake.scope),
      ),
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('a watch', () => {
  test('wakes at once for what was written between the pull and the subscription', async () => {
    const { heads, subscribe, woken } = lab()
    heads.set('s', { epoch: 'e', head: 5 })
    subscribe('s', 4)
    subscribe('s', 5)
    await settle()
    expect(woken).toEqual(['s'])
  })

  test('wakes once for one change, whoever tells of it', async () => {
    const { heads, subscribe, watch, woken } = lab()
    heads.set('s', { epoch: 'e', head: 0 })
    subscribe('s', 0)
    await settle()
    heads.set('s', { epoch: 'e', head: 1 })
    watch.at('s', { epoch: 'e', head: 1 })
    watch.hint('s')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(woken).toEqual(['s'])
  })

  test('asks for all scopes in one go, and the more seldom the quieter it is', async () => {
    const { asked, subscribe, heads, woken } = lab()
    subscribe('a')
    subscribe('b')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked.at(-1)).toEqual(['a', 'b'])
    const before = asked.length
    await vi.advanceTimersByTimeAsync(8_000)
    expect(asked.length - before).toBe(10)
    heads.set('a', { epoch: 'e', head: 1 })
    await vi.advanceTimersByTimeAsync(800)
    expect(woken).toEqual(['a'])
  })

  test('tells of a new epoch though the head is where it was', async () => {
    const { heads, subscribe, watch, woken } = lab()
    heads.set('s', { epoch: 'e2', head: 3 })
    subscribe('s', 3)
    watch.hint()
    await settle()
    expect(woken).toEqual(['s'])
  })

  test('goes on after the heads could not be read', async () => {
    const { fail, heads, subscribe, woken } = lab()
    fail(new Error('gone'))
    subscribe('s')
    await settle()
    fail(undefined)
    heads.set('s', { epoch: 'e', head: 1 })
    await vi.advanceTimersByTimeAsync(800)
    expect(woken).toEqual(['s'])
  })

  test('asks only where there may be news, and after a failure in any case', async () => {
    const { asked, fail, heads, mayHaveNews, subscribe, woken } = lab()
    mayHaveNews.value = false
    subscribe('s')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(1)
    mayHaveNews.value = true
    fail(new Error('locked'))
    heads.set('s', { epoch: 'e', head: 1 })
    await vi.advanceTimersByTimeAsync(800)
    mayHaveNews.value = false
    fail(undefined)
    await vi.advanceTimersByTimeAsync(800)
    expect(woken).toEqual(['s'])
  })

  test('asks nothing more once nobody is subscribed, or it is closed', async () => {
    const { asked, subscribe, watch } = lab()
    const subscription = subscribe('s')
    await settle()
    await subscription.close()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(1)
    subscribe('s')
    await settle()
    watch.close()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})
