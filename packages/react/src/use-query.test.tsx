// @vitest-environment happy-dom
import { isSyncError, memoryStorage, SyncError } from '@synclayer/core'
import type { Storage } from '@synclayer/core/storage'
import { act, cleanup, render, renderHook, screen } from '@testing-library/react'
import { memo, type ReactElement, StrictMode } from 'react'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { KEPT_MS } from './live-entry.ts'
import type { QueryResult } from './query-result.ts'
import { documentQuestion } from './questions.ts'
import { countLiveQueries } from './testing/count-live-queries.ts'
import { BREAD, MILK, openTodoClient, TEA, type Todo, type TodoClient } from './testing/todo-app.ts'
import { useQuery } from './use-query.ts'
import { useSharedQuery } from './use-shared-query.ts'

let db: TodoClient

beforeEach(async () => {
  db = await openTodoClient()
  await db.collection('todos').saveAll([MILK, BREAD, TEA])
})

afterEach(async () => {
  cleanup()
  vi.useRealTimers()
  await db.close()
})

/** Does it, lets the store answer, and lets React show it. */
const after = (work: () => unknown): Promise<void> =>
  act(async () => {
    await work()
    await db.collection('todos').count()
  })

const useOpen = (): QueryResult<readonly Todo[]> =>
  useQuery(db.collection('todos').where('done', '==', false))

describe('useQuery', () => {
  test('gives nothing at first, then the result, then every change of it', async () => {
    const { result } = renderHook(useOpen)
    expect(result.current).toEqual({
      data: undefined,
      loading: true,
      stale: false,
      complete: false,
      error: undefined,
    })
    await after(() => undefined)
    expect(result.current).toEqual({
      data: [MILK, TEA],
      loading: false,
      stale: false,
      complete: true,
      error: undefined,
    })
    await after(() => db.collection('todos').delete(MILK.id))
    expect(result.current.data).toEqual([TEA])
  })

  test('takes a collection for all of its documents', async () => {
    const { result } = renderHook(() => useQuery(db.collection('todos')))
    await after(() => undefined)
    expect(result.current.data).toEqual([MILK, BREAD, TEA])
  })

  test('is shown before the write that changed it is answered', async () => {
    const { result } = renderHook(useOpen)
    await after(() => undefined)
    await act(async () => {
      await db.collection('todos').save({ id: 'd', text: 'Rest', done: false })
    })
    expect(result.current.data).toHaveLength(3)
  })

  test('renders no more than there are results, and keeps the identity of what did not change', async () => {
    const results: QueryResult<readonly Todo[]>[] = []
    const { rerender } = renderHook(() => {
      const result = useOpen()
      results.push(result)
    })
    await after(() => undefined)
    expect(results).toHaveLength(2)
    // Does not match, so it changes nothing.
    await after(() => db.collection('todos').update(BREAD.id, { text: 'Buy bread' }))
    expect(results).toHaveLength(2)
    rerender()
    expect(results[2]).toBe(results[1])
    await after(() => db.collection('todos').update(TEA.id, { text: 'Make coffee' }))
    expect(results).toHaveLength(4)
    expect(results[3]!.data![0]).toBe(results[1]!.data![0])
    expect(results[3]!.data![1]).not.toBe(results[1]!.data![1])
  })

  test('a query made anew in every render, however it is written, is loaded once', async () => {
    const count = countLiveQueries(db, onTestFinished)
    const { rerender, result } = renderHook(
      ({ turned }) => {
        const todos = db.collection('todos')
        return useQuery(
          turned
            ? todos.orderBy('text').where({ done: false }).where('text', '!=', 'x')
            : todos.where('text', '!=', 'x').where('done', '==', false).orderBy('text'),
        )
      },
      { initialProps: { turned: false } },
    )
    await after(() => undefined)
    const first = result.current
    for (const turned of [true, false, true]) rerender({ turned })
    await after(() => undefined)
    expect(result.current).toBe(first)
    expect(count).toEqual({ started: 1, open: 1 })
  })

  test('React need not subscribe anew while the same is asked', () => {
    const { rerender, result } = renderHook(
      ({ id }) => useSharedQuery(documentQuestion(db.collection('todos'), id)),
      { initialProps: { id: MILK.id } },
    )
    const first = result.current
    rerender({ id: MILK.id })
    expect(result.current).toBe(first)
    rerender({ id: TEA.id })
    expect(result.current).not.toBe(first)
  })

  test('components that ask the same share one live query and show one result', async () => {
    const count = countLiveQueries(db, onTestFinished)
    const one = renderHook(useOpen)
    const other = renderHook(useOpen)
    await after(() => undefined)
    const late = renderHook(useOpen)
    expect(late.result.current.data).toEqual([MILK, TEA])
    expect(other.result.current).toBe(one.result.current)
    expect(late.result.current).toBe(one.result.current)
    expect(count).toEqual({ started: 1, open: 1 })
  })

  test('the same query of another client is another query', async () => {
    const elsewhere = await openTodoClient()
    await elsewhere.collection('todos').save({ ...MILK, text: 'Not mine' })
    const here = renderHook(useOpen)
    const there = renderHook(() => useQuery(elsewhere.collection('todos').where('done', '==', false)))
    await after(() => elsewhere.collection('todos').count())
    expect(here.result.current.data).toEqual([MILK, TEA])
    expect(there.result.current.data).toEqual([{ ...MILK, text: 'Not mine' }])
    there.unmount()
    await elsewhere.close()
  })

  test('StrictMode loads once and leaves no live query behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    const { unmount, result } = renderHook(useOpen, { wrapper: StrictMode })
    await after(() => undefined)
    expect(result.current.data).toEqual([MILK, TEA])
    expect(count).toEqual({ started: 1, open: 1 })
    unmount()
    vi.advanceTimersByTime(KEPT_MS)
    expect(count).toEqual({ started: 1, open: 0 })
  })

  test('who comes back within a moment finds the result there, and it is of now', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    const first = renderHook(useOpen)
    await after(() => undefined)
    first.unmount()
    await after(() => db.collection('todos').delete(MILK.id))
    vi.advanceTimersByTime(KEPT_MS - 1)
    const again = renderHook(useOpen)
    expect(again.result.current.data).toEqual([TEA])
    vi.advanceTimersByTime(KEPT_MS * 2)
    await after(() => db.collection('todos').delete(TEA.id))
    expect(again.result.current.data).toEqual([])
    vi.advanceTimersByTime(KEPT_MS * 2)
    await after(() => db.collection('todos').save(TEA))
    expect(again.result.current.data).toEqual([TEA])
    expect(count).toEqual({ started: 1, open: 1 })
    again.unmount()
    vi.advanceTimersByTime(KEPT_MS)
    expect(count.open).toBe(0)
    const later = renderHook(useOpen)
    expect(later.result.current.loading).toBe(true)
    await after(() => undefined)
    expect(later.result.current.data).toEqual([TEA])
  })

  test('a component that goes before anything is loaded leaves no live query behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    renderHook(useOpen).unmount()
    await after(() => undefined)
    vi.advanceTimersByTime(KEPT_MS)
    expect(count).toEqual({ started: 1, open: 0 })
  })

  test('a render that is thrown away starts nothing', () => {
    const count = countLiveQueries(db, onTestFinished)
    vi.spyOn(console, 'error').mockReturnValue()
    const failing = (): never => {
      useOpen()
      throw new Error('no')
    }
    expect(() => renderHook(failing)).toThrow('no')
    expect(count.started).toBe(0)
  })

  test('another query keeps the old result, marked stale, until it has its own', async () => {
    const results: QueryResult<readonly Todo[]>[] = []
    const { rerender } = renderHook(
      ({ done }) => void results.push(useQuery(db.collection('todos').where('done', '==', done))),
      { initialProps: { done: false } },
    )
    await after(() => undefined)
    rerender({ done: true })
    const between = results.at(-1)!
    expect(between).toMatchObject({ data: [MILK, TEA], stale: true, loading: true })
    rerender({ done: true })
    expect(results.at(-1)).toBe(between)
    await after(() => undefined)
    expect(results.at(-1)).toMatchObject({ data: [BREAD], stale: false, loading: false })
    expect(results.slice(1).filter(({ data }) => data === undefined)).toEqual([])
  })

  test('another collection or client never shows what the one before gave', async () => {
    const other = await openTodoClient()
    const { result, rerender } = renderHook(
      ({ client, name }) => useQuery(client.collection(name as 'todos')),
      { initialProps: { client: db, name: 'todos' } },
    )
    await after(() => undefined)
    rerender({ client: db, name: 'notes' })
    expect(result.current).toMatchObject({ data: undefined, loading: true, stale: false })
    rerender({ client: other, name: 'todos' })
    expect(result.current).toMatchObject({ data: undefined, loading: true, stale: false })
    await after(() => other.collection('todos').count())
    expect(result.current.data).toEqual([])
    await other.close()
  })

  test('null asks nothing, and what was shown before it is not shown again', async () => {
    const count = countLiveQueries(db, onTestFinished)
    const { result, rerender } = renderHook(
      ({ limit }) => useQuery(limit === null ? null : db.collection('todos').limit(limit)),
      { initialProps: { limit: null as number | null } },
    )
    await after(() => undefined)
    expect(result.current).toMatchObject({ data: undefined, loading: false, stale: false })
    expect(count.started).toBe(0)
    rerender({ limit: 1 })
    await after(() => undefined)
    expect(result.current.data).toEqual([MILK])
    rerender({ limit: null })
    expect(result.current).toMatchObject({ data: undefined, loading: false })
    rerender({ limit: 2 })
    expect(result.current).toMatchObject({ data: undefined, loading: true, stale: false })
    await after(() => undefined)
    expect(result.current.data).toEqual([MILK, BREAD])
  })

  test('what was shown stays where it can no longer be read; the error says why until it can', async () => {
    const storage = memoryStorage()
    const outdated = new SyncError('STORAGE_FAILED', 'no', { retryable: false, details: { outdated: true } })
    let isOutdated = false
    let tellChange: () => void = () => undefined
    const query: Storage['query'] = (plan) => (isOutdated ? Promise.reject(outdated) : storage.query(plan))
    const changes: Storage['changes'] = (listener) => {
      tellChange = () => listener({})
      return () => undefined
    }
    const client = await openTodoClient({ storage: { ...storage, query, changes }, logger: 'off' })
    onTestFinished(() => client.close())
    await client.collection('todos').save(MILK)
    const { result } = renderHook(() => useQuery(client.collection('todos')))
    await act(() => vi.waitFor(() => expect(result.current.data).toEqual([MILK])))
    isOutdated = true
    await act(async () => tellChange())
    await act(() => vi.waitFor(() => expect(result.current.error).toBeDefined()))
    expect(result.current).toMatchObject({ data: [MILK], loading: false, stale: false, error: outdated })
    isOutdated = false
    await act(async () => tellChange())
    await act(() => vi.waitFor(() => expect(result.current.error).toBeUndefined()))
    expect(result.current.data).toEqual([MILK])
  })

  test('a closed client is an error that is shown, and nothing that is thrown', async () => {
    const query = db.collection('todos').limit(1)
    await db.close()
    const { result } = renderHook(() => useQuery(query))
    expect(result.current).toMatchObject({ data: undefined, loading: false })
    expect(isSyncError(result.current.error, 'CLOSED')).toBe(true)
  })

  test('one changed row of many renders one row', async () => {
    const rendered: string[] = []
    const Row = memo(({ todo }: { readonly todo: Todo }): ReactElement => {
      rendered.push(todo.id)
      return <li>{todo.text}</li>
    })
    const List = (): ReactElement => (
      <ul>
        {useQuery(db.collection('todos')).data?.map((todo) => (
          <Row key={todo.id} todo={todo} />
        ))}
      </ul>
    )
    render(<List />)
    await after(() => undefined)
    expect(rendered).toEqual([MILK.id, BREAD.id, TEA.id])
    await after(() => db.collection('todos').update(BREAD.id, { text: 'Eat' }))
    expect(rendered.slice(3)).toEqual([BREAD.id])
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'Buy milk',
      'Eat',
      'Make tea',
    ])
  })
})
