// @vitest-environment happy-dom
import { memoryStorage, SyncError } from '@synclayer/core'
import { act, cleanup, render, screen } from '@testing-library/react'
import {
  Component,
  type ReactElement,
  type ReactNode,
  StrictMode,
  Suspense,
  useState,
  useTransition,
} from 'react'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { KEPT_MS } from './live-entry.ts'
import { countLiveQueries } from './testing/count-live-queries.ts'
import { BREAD, MILK, openTodoClient, TEA, type TodoClient } from './testing/todo-app.ts'
import { useSuspenseDocument, useSuspenseQuery } from './use-suspense-query.ts'

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

const after = (work: () => unknown): Promise<void> =>
  act(async () => {
    await work()
    await db.collection('todos').count()
  })

const Texts = ({ done }: { readonly done: boolean }): ReactElement => {
  const { data } = useSuspenseQuery(db.collection('todos').where('done', '==', done))
  return <p>{data.map(({ text }) => text).join(', ')}</p>
}

const Waiting = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <Suspense fallback={<p>wait</p>}>{children}</Suspense>
)

/** What is shown, without what is only kept hidden. */
const shown = (): string =>
  screen
    .getAllByText(/./)
    .filter((element) => element.style.display !== 'none')
    .map(({ textContent }) => textContent)
    .join('|')

describe('useSuspenseQuery', () => {
  test('suspends until there is a result, then follows it', async () => {
    await after(
      () =>
        void render(
          <Waiting>
            <Texts done={false} />
          </Waiting>,
        ),
    )
    expect(shown()).toBe('Buy milk, Make tea')
    await after(() => db.collection('todos').delete(MILK.id))
    expect(shown()).toBe('Make tea')
  })

  test('shows the fallback first', () => {
    render(
      <Waiting>
        <Texts done={false} />
      </Waiting>,
    )
    expect(shown()).toBe('wait')
  })

  test('loads once, in StrictMode and without a boundary of its own, and leaves nothing behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    const { unmount } = render(<Texts done={false} />, { wrapper: StrictMode })
    await after(() => undefined)
    await after(() => vi.runOnlyPendingTimers())
    expect(shown()).toBe('Buy milk, Make tea')
    expect(count.started).toBe(1)
    unmount()
    vi.advanceTimersByTime(KEPT_MS)
    expect(count).toEqual({ started: 1, open: 0 })
  })

  test('what is given up while it waits is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    render(
      <Waiting>
        <Texts done={false} />
      </Waiting>,
    ).unmount()
    expect(count.started).toBe(1)
    await after(() => undefined)
    vi.advanceTimersByTime(KEPT_MS)
    expect(count.open).toBe(0)
  })

  test('is still loaded when what it waits beside is there at last', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const count = countLiveQueries(db, onTestFinished)
    let release: () => void = () => undefined
    let ready: Promise<void> | null = new Promise((resolve) => {
      release = resolve
    })
    const Slow = (): null => {
      // oxlint-disable-next-line typescript/only-throw-error -- this is how a component suspends
      if (ready !== null) throw ready
      return null
    }
    const page = (): ReactElement => (
      <Waiting>
        <Texts done={false} />
        <Slow />
      </Waiting>
    )
    const { rerender } = render(page())
    await after(() => undefined)
    for (let round = 0; round < 3; round += 1) {
      vi.advanceTimersByTime(KEPT_MS - 1)
      await after(() => rerender(page()))
    }
    expect(shown()).toBe('wait')
    ready = null
    await after(release)
    await after(() => rerender(page()))
    expect(shown()).toBe('Buy milk, Make tea')
    expect(count.started).toBe(1)
  })

  test('a transition to another query keeps the old result until the new one is there', async () => {
    const seen: string[] = []
    let choose: (done: boolean) => void = () => undefined
    const Choice = (): ReactElement => {
      const [done, setDone] = useState(false)
      const [isPending, startTransition] = useTransition()
      choose = (next) => startTransition(() => setDone(next))
      return (
        <>
          <Texts done={done} />
          {isPending ? <p>pending</p> : null}
        </>
      )
    }
    await after(
      () =>
        void render(
          <Waiting>
            <Choice />
          </Waiting>,
        ),
    )
    await after(() => {
      choose(true)
      seen.push(shown())
    })
    seen.push(shown())
    expect(seen).toEqual(['Buy milk, Make tea', 'Bake bread'])
  })

  test('a document that is not there is known not to be there', async () => {
    const Title = ({ id }: { readonly id: string }): ReactElement => (
      <p>{useSuspenseDocument(db.collection('todos'), id).data?.text ?? 'none'}</p>
    )
    await after(
      () =>
        void render(
          <Waiting>
            <Title id="x" />
          </Waiting>,
        ),
    )
    expect(shown()).toBe('none')
    await after(() => db.collection('todos').save({ id: 'x', text: 'Here', done: false }))
    expect(shown()).toBe('Here')
  })
})

class Boundary extends Component<{ readonly children: ReactNode }, { readonly code: string | null }> {
  override state = { code: null }
  static getDerivedStateFromError(error: unknown): { code: string } {
    return { code: (error as SyncError).code }
  }
  override render(): ReactNode {
    return this.state.code === null ? (
      this.props.children
    ) : (
      <button type="button" onClick={() => this.setState({ code: null })}>
        {this.state.code}
      </button>
    )
  }
}

describe('useSuspenseQuery of a store that is slow or fails', () => {
  let answer: () => Promise<void> = () => Promise.resolve()

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const storage = memoryStorage()
    const query = storage.query.bind(storage)
    storage.query = async (...parameters) => {
      await answer()
      return query(...parameters)
    }
    await db.close()
    db = await openTodoClient({ storage, logger: 'off' })
    await db.collection('todos').save(MILK)
  })

  afterEach(() => {
    answer = () => Promise.resolve()
  })

  test('waits for as long as it takes, and loads once', async () => {
    const count = countLiveQueries(db, onTestFinished)
    let open: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    answer = () => opened
    render(
      <Waiting>
        <Texts done={false} />
      </Waiting>,
    )
    await act(async () => void (await vi.advanceTimersByTimeAsync(KEPT_MS * 3)))
    expect(shown()).toBe('wait')
    await after(open)
    await after(() => vi.runOnlyPendingTimers())
    expect(shown()).toBe('Buy milk')
    expect(count.started).toBe(1)
  })

  test('goes to the error boundary; tried again later, it is read anew', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    answer = () => Promise.reject(new SyncError('STORAGE_FAILED', 'no'))
    await act(async () => {
      render(
        <Boundary>
          <Waiting>
            <Texts done={false} />
          </Waiting>
        </Boundary>,
      )
    })
    await act(async () => void (await vi.advanceTimersByTimeAsync(10)))
    expect(shown()).toBe('STORAGE_FAILED')
    answer = () => Promise.resolve()
    vi.advanceTimersByTime(KEPT_MS / 2)
    await after(() => screen.getByRole('button').click())
    expect(shown()).toBe('STORAGE_FAILED')
    vi.advanceTimersByTime(KEPT_MS / 2)
    await after(() => screen.getByRole('button').click())
    await act(async () => void (await vi.advanceTimersByTimeAsync(1_000)))
    expect(shown()).toBe('Buy milk')
  })
})
