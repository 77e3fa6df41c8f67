import path from 'node:path'
import { callsTo, launchBrowser, type LabBrowser, servePage } from '@synclayer/browser-lab'
import { renderToString } from 'react-dom/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HooksPage } from './testing/hooks-page.tsx'
import { MILK, openTodoClient } from './testing/todo-app.ts'
import { TodoPage } from './testing/todo-page.tsx'

const entry = path.join(import.meta.dirname, 'testing/hooks-page.tsx')

describe('the hooks in a browser', () => {
  let browser: LabBrowser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)

  afterAll(() => browser.close())

  /** Does it with a page of its own. React must complain of nothing. */
  async function inPage<Result>(
    options: { readonly body?: string; readonly mode?: 'production' },
    work: (page: ReturnType<typeof callsTo<HooksPage>>) => Promise<Result>,
  ): Promise<Result> {
    const served = await servePage({ entry, ...options })
    try {
      const complaints: string[] = []
      const page = await browser.newPage()
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(served.url)
      const result = await work(callsTo<HooksPage>(page))
      expect(complaints).toEqual([])
      await page.close()
      return result
    } finally {
      await served.close()
    }
  }

  test('StrictMode loads each query once', async () => {
    expect(await inPage({}, (page) => page.mountStrictly())).toEqual({
      text: 'Buy milk; Buy milk; 1 pending; 1 listed',
      started: 2,
      open: 2,
    })
  }, 60_000)

  test('takes over the markup of a server without a mismatch', async () => {
    const client = await openTodoClient()
    await client.collection('todos').save(MILK)
    const markup = renderToString(<TodoPage client={client} />)
    await client.close()
    const body = `<div id="root">${markup}</div>`
    expect(await inPage({ body }, (page) => page.hydrate())).toBe('Buy milk; Buy milk; 1 pending; 1 listed')
  }, 60_000)

  test('commits of the store during transitions tear nothing', async () => {
    await inPage({ mode: 'production' }, async (page) => {
      const naive = await page.lookForTearing('naive')
      expect(naive.torn).toBeGreaterThan(0)
      const hook = await page.lookForTearing('hook')
      expect(hook.overtaken).toBeGreaterThan(0)
      expect(hook.torn).toBe(0)
    })
  }, 60_000)

  test('a change of one row of 10,000 renders one row', async () => {
    const report = await inPage({ mode: 'production' }, (page) => page.changeOneRow(10_000))
    expect(report).toEqual({ first: 10_000, changed: 1 })
  }, 60_000)
})
