// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react'
import { type ReactElement, Suspense } from 'react'
import { hydrateRoot, type Root } from 'react-dom/client'
import { renderToReadableStream, renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { countLiveQueries } from './testing/count-live-queries.ts'
import { MILK, openTodoClient, type TodoClient } from './testing/todo-app.ts'
import { TodoPage } from './testing/todo-page.tsx'
import { useSuspenseQuery } from './use-suspense-query.ts'

let db: TodoClient

beforeEach(async () => {
  db = await openTodoClient()
  await db.collection('todos').save(MILK)
})

afterEach(async () => {
  cleanup()
  await db.close()
})

/** Hydrates the markup and gives what React complained of. */
async function hydrate(
  markup: string,
  page: ReactElement,
): Promise<{ root: Root; container: HTMLElement; complaints: unknown[] }> {
  const container = document.createElement('div')
  container.innerHTML = markup
  document.body.append(container)
  const complaints: unknown[] = []
  vi.spyOn(console, 'error').mockImplementation((...parts) => void complaints.push(parts))
  let root: Root | undefined
  await act(async () => {
    root = hydrateRoot(container, page, { onRecoverableError: (error) => complaints.push(error) })
    await db.collection('todos').count()
  })
  return { root: root!, container, complaints }
}

describe('on a server', () => {
  test('nothing is read, and the browser takes the markup over without a mismatch', async () => {
    const count = countLiveQueries(db, onTestFinished)
    const markup = renderToString(<TodoPage client={db} />)
    expect(markup.replace(/<!-- -->/g, '')).toBe('<p>loading; no milk; 0 pending; none listed</p>')
    expect(count.started).toBe(0)
    // The browser has the data already, for another part of the page: hydrating must begin as the server did all the same.
    render(<TodoPage client={db} />)
    await act(async () => void (await db.outbox.list()))
    expect(screen.getByText(/^Buy milk/)).toBeDefined()
    const { root, container, complaints } = await hydrate(markup, <TodoPage client={db} />)
    expect(complaints).toEqual([])
    expect(container.textContent).toBe('Buy milk; Buy milk; 1 pending; 1 listed')
    act(() => root.unmount())
  })

  test('what suspends is left to the browser', async () => {
    const Texts = (): ReactElement => (
      <p>{useSuspenseQuery(db.collection('todos')).data.map(({ text }) => text)}</p>
    )
    const page = (
      <main>
        <Suspense fallback={<i>wait</i>}>
          <Texts />
        </Suspense>
      </main>
    )
    const told: unknown[] = []
    const count = countLiveQueries(db, onTestFinished)
    const stream = await renderToReadableStream(page, { onError: (error) => void told.push(error) })
    const markup = await new Response(stream).text()
    expect(markup).toContain('<i>wait</i>')
    expect(told).toHaveLength(1)
    expect(count.started).toBe(0)
    const { root, container } = await hydrate(markup, page)
    await act(async () => void (await db.collection('todos').count()))
    expect(container.textContent).toBe('Buy milk')
    act(() => root.unmount())
  })
})
