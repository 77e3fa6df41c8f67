// @vitest-environment happy-dom
import type { OutboxItem, SyncStatus } from '@synclayer/core'
import { createModelBackend, type ModelBackend, type ModelBackendOptions } from '@synclayer/core/testing'
import { act, cleanup, renderHook } from '@testing-library/react'
import type { ReactElement, ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OutboxResult } from './outbox-store.ts'
import { SyncLayerProvider, useSyncLayer } from './provider.ts'
import { BREAD, MILK, openTodoClient, type TodoClient } from './testing/todo-app.ts'
import { useOutbox } from './use-outbox.ts'
import { useSyncStatus } from './use-sync-status.ts'

let db: TodoClient
let backend: ModelBackend
let refused: ReturnType<NonNullable<ModelBackendOptions['refuse']>>

beforeEach(async () => {
  refused = undefined
  backend = createModelBackend({ now: () => Date.now(), refuse: () => refused })
  db = await openTodoClient({ adapter: backend.adapter(), sync: { auto: false }, logger: 'off' })
})

afterEach(async () => {
  cleanup()
  await db.close()
})

const wrapper = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <SyncLayerProvider client={db}>{children}</SyncLayerProvider>
)

/** Does it, and lets the outbox be listed after it. */
const after = (work: () => unknown): Promise<void> =>
  act(async () => {
    await work()
    await db.outbox.list()
    await db.outbox.list()
  })

describe('useSyncLayer', () => {
  test('gives the client, and says what is missing where there is none', () => {
    expect(renderHook(() => useSyncLayer<TodoClient>(), { wrapper }).result.current).toBe(db)
    vi.spyOn(console, 'error').mockReturnValue()
    expect(() => renderHook(() => useSyncLayer())).toThrow(/SyncLayerProvider/)
  })
})

describe('useSyncStatus', () => {
  test('follows what is unsent and the last sync, and is the same object while nothing changes', async () => {
    const { result, rerender } = renderHook(() => useSyncStatus(), { wrapper })
    const idle = result.current
    expect(idle).toEqual<SyncStatus>({
      phase: 'idle',
      pending: 0,
      parked: 0,
      lastSyncAt: null,
      progress: null,
      lastError: null,
    })
    rerender()
    expect(result.current).toBe(idle)
    await after(() => db.collection('todos').save(MILK))
    expect(result.current.pending).toBe(1)
    await after(() => db.sync())
    expect(result.current.pending).toBe(0)
    expect(result.current.lastSyncAt).toBeTypeOf('number')
    await after(() => db.pause())
    expect(result.current.phase).toBe('paused')
  })

  test('of a closed client stays what it was', async () => {
    await db.collection('todos').save(MILK)
    await db.close()
    expect(renderHook(() => useSyncStatus(), { wrapper }).result.current.pending).toBe(1)
  })
})

describe('useOutbox', () => {
  test('lists what is unsent, as it changes, with the identity of what did not', async () => {
    const { result } = renderHook(() => useOutbox(), { wrapper })
    expect(result.current).toEqual<OutboxResult>({ data: undefined, loading: true, error: undefined })
    await after(() => db.collection('todos').saveAll([MILK, BREAD]))
    const first = result.current.data!
    expect(first.map(({ id, kind, status }) => [id, kind, status])).toEqual([
      ['todos/a', 'put', 'waiting'],
      ['todos/b', 'put', 'waiting'],
    ])
    await after(() => db.collection('todos').update(BREAD.id, { text: 'Buy bread' }))
    const second = result.current.data!
    expect(second[0]).toBe(first[0])
    expect(second[1]!.document).toMatchObject({ text: 'Buy bread' })
    // The status has changed, and the outbox is listed anew; nothing in it has.
    await after(() => db.pause())
    await after(() => db.resume())
    expect(result.current.data).toBe(second)
    await after(() => db.sync())
    expect(result.current.data).toEqual([])
  })

  test('shows what was refused, until it is discarded', async () => {
    refused = { code: 'FORBIDDEN', reason: 'no' }
    const { result } = renderHook(() => useOutbox(), { wrapper })
    await after(() => db.collection('todos').save(MILK))
    await after(() => db.sync())
    expect(result.current.data).toMatchObject([
      { status: 'parked', code: 'FORBIDDEN' } satisfies Partial<OutboxItem>,
    ])
    await after(() => db.outbox.discard('todos/a'))
    expect(result.current.data).toEqual([])
  })

  test('lists a burst of edits a few times, not once for each', async () => {
    const list = vi.spyOn(db.outbox, 'list')
    const { result } = renderHook(() => useOutbox(), { wrapper })
    await act(async () => {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => db.collection('todos').save({ ...MILK, id: `${n}` })),
      )
    })
    await act(async () => void (await db.collection('todos').count()))
    expect(result.current.data).toHaveLength(100)
    expect(list.mock.calls.length).toBeLessThan(5)
  })

  test('stops listening with its last component', async () => {
    const list = vi.spyOn(db.outbox, 'list')
    const on = db.on.bind(db)
    let listening = 0
    vi.spyOn(db, 'on').mockImplementation((name, listener) => {
      const stop = on(name, listener)
      listening += 1
      return () => {
        listening -= 1
        stop()
      }
    })
    const one = renderHook(() => useOutbox(), { wrapper })
    const other = renderHook(() => useOutbox(), { wrapper })
    await act(async () => void (await db.collection('todos').save(MILK)))
    expect(other.result.current).toBe(one.result.current)
    one.unmount()
    expect(listening).toBeGreaterThan(0)
    other.unmount()
    expect(listening).toBe(0)
    await db.collection('todos').count()
    list.mockClear()
    await db.collection('todos').save(BREAD)
    await db.collection('todos').count()
    expect(list).not.toHaveBeenCalled()
  })
})
