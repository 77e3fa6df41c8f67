// @vitest-environment happy-dom
import { isSyncError } from '@synclayer/core'
import { createModelBackend } from '@synclayer/core/testing'
import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { countLiveQueries } from './testing/count-live-queries.ts'
import { BREAD, MILK, openTodoClient, type TodoClient } from './testing/todo-app.ts'
import { useDocument } from './use-query.ts'

let db: TodoClient

beforeEach(async () => {
  db = await openTodoClient()
  await db.collection('todos').saveAll([MILK, BREAD])
})

afterEach(async () => {
  cleanup()
  await db.close()
})

const after = (work: () => unknown): Promise<void> =>
  act(async () => {
    await work()
    await db.collection('todos').count()
  })

describe('useDocument', () => {
  test('follows one document from before it is there until after it is gone', async () => {
    const { result } = renderHook(() => useDocument(db.collection('todos'), 'new'))
    expect(result.current).toMatchObject({ data: undefined, loading: true })
    await after(() => undefined)
    expect(result.current).toMatchObject({ data: undefined, loading: false, complete: true })
    await after(() => db.collection('todos').save({ id: 'new', text: 'Rest', done: false }))
    const saved = result.current
    expect(saved.data).toEqual({ id: 'new', text: 'Rest', done: false })
    await after(() => db.collection('todos').update(MILK.id, { done: true }))
    expect(result.current).toBe(saved)
    await after(() => db.collection('todos').delete('new'))
    expect(result.current).toMatchObject({ data: undefined, loading: false })
  })

  test('tells that there is none here before the first sync, too', async () => {
    const adapter = createModelBackend({ now: () => 0 }).adapter()
    const unsynced = await openTodoClient({ adapter, sync: { auto: false } })
    const { result } = renderHook(() => useDocument(unsynced.collection('todos'), 'new'))
    await after(() => unsynced.collection('todos').count())
    expect(result.current).toMatchObject({ data: undefined, loading: false, complete: false })
    await after(() => unsynced.sync())
    expect(result.current).toMatchObject({ data: undefined, loading: false, complete: true })
    await unsynced.close()
  })

  test('never shows one document under the id of another', async () => {
    const { result, rerender } = renderHook(({ id }) => useDocument(db.collection('todos'), id), {
      initialProps: { id: MILK.id },
    })
    await after(() => undefined)
    expect(result.current.data).toEqual(MILK)
    rerender({ id: BREAD.id })
    expect(result.current).toMatchObject({ data: undefined, loading: true })
    await after(() => undefined)
    expect(result.current.data).toEqual(BREAD)
  })

  test('shares one live query for one id, and asks nothing without an id', async () => {
    const count = countLiveQueries(db, onTestFinished)
    const one = renderHook(() => useDocument(db.collection('todos'), MILK.id))
    const other = renderHook(() => useDocument(db.collection('todos'), MILK.id))
    const none = renderHook(() => useDocument(db.collection('todos'), undefined))
    await after(() => undefined)
    expect(other.result.current).toBe(one.result.current)
    expect(none.result.current).toMatchObject({ data: undefined, loading: false })
    expect(count).toEqual({ started: 1, open: 1 })
  })

  test('an id that no document can have is an error that is shown', () => {
    const { result } = renderHook(() => useDocument(db.collection('todos'), ''))
    expect(result.current.loading).toBe(false)
    expect(isSyncError(result.current.error)).toBe(true)
  })
})
