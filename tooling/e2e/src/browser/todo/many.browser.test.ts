import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { tell } from './tell.ts'
import { createTodoLab, type Device, type TodoLab } from './todo-lab.ts'

const COUNT = 10_000
/** A screen of 800 pixels has room for fewer than 16 rows; some more are drawn above and below. */
const MOST_ROWS = 60

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
afterEach(() => lab.end())

interface Frames {
  readonly frames: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly longestMs: number
  readonly mostRows: number
}

/** Scrolls so many pixels a frame, and tells how long frames took and how many rows there were at the most. */
function scroll(page: Page, [frames, pixels]: readonly [number, number]): Promise<Frames> {
  return page.evaluate(
    async ([count, step]) => {
      const next = (): Promise<number> => new Promise(requestAnimationFrame)
      const times: number[] = []
      let mostRows = 0
      let last = await next()
      for (let frame = 0; frame < count; frame += 1) {
        scrollBy(0, step)
        const now = await next()
        times.push(now - last)
        last = now
        mostRows = Math.max(mostRows, document.querySelectorAll('li[data-todo-id]').length)
      }
      const sorted = times.toSorted((a, b) => a - b)
      const at = (share: number): number => Math.round(10 * sorted[Math.floor(share * (count - 1))]!) / 10
      return { frames: count, medianMs: at(0.5), p95Ms: at(0.95), longestMs: at(1), mostRows }
    },
    [frames, pixels] as const,
  )
}

/** Lets the first page of what the server has through, and holds the others. Gives how they go on. */
async function holdAfterFirstPage({ context }: Device): Promise<() => void> {
  let passOn = (): void => undefined
  const passed = new Promise<void>((resolve) => (passOn = resolve))
  let pulls = 0
  await context.route('**/sync/pull', async (route) => {
    pulls += 1
    // The very first only asks where the feed is.
    if (pulls > 2) await passed
    await route.continue()
  })
  return passOn
}

describe('10,000 todos', () => {
  test('are scrolled, filtered, edited and synced to another device, while few of them are drawn', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    const filter = (title: string) =>
      app.page.getByRole('group', { name: 'Show' }).getByRole('button', { name: title })
    await app.choose('Add 10,000 sample todos')
    await expect.poll(() => filter('All').innerText(), { timeout: 60_000 }).toMatch(/10,000$/)
    const rows = app.list.locator('li[data-todo-id]')
    expect(await rows.count()).toBeLessThan(MOST_ROWS)
    expect(await rows.first().getAttribute('aria-setsize')).toBe(`${COUNT}`)

    for (const [what, pixels] of [
      ['read', 40],
      ['flung', 2_000],
    ] as const) {
      const figures = await scroll(app.page, [120, pixels])
      tell(`Scrolled as when ${what}: ${JSON.stringify(figures)}`)
      expect(figures.mostRows).toBeLessThan(MOST_ROWS)
    }
    // The last of them is drawn where it belongs.
    await app.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await expect.poll(() => rows.last().getAttribute('aria-posinset')).toBe(`${COUNT}`)
    expect(await rows.count()).toBeLessThan(MOST_ROWS)

    const begun = Date.now()
    await filter('Done').click()
    await app.page.getByLabel('Search todos').fill('9999')
    await expect.poll(() => rows.count()).toBe(0)
    await filter('All').click()
    await expect.poll(() => rows.count()).toBe(1)
    tell(`Filtered and searched in ${Date.now() - begun} ms, with all that the test does in between`)
    const [text = ''] = await app.texts()
    expect(text).toContain('(9999)')
    await app.complete(text)
    await app.page.getByLabel('Search todos').fill('')
    await app.page.evaluate(() => scrollTo(0, 0))

    await expect.poll(app.state, { timeout: 120_000 }).toBe('All saved')
    const another = await lab.device()
    const passOn = await holdAfterFirstPage(another)
    const window = await another.signIn(name)
    // What has come may be looked at, and how far it is is told.
    const progress = window.page.getByRole('progressbar', { name: /Fetching your todos/ })
    await progress.waitFor()
    passOn()
    const all = window.page.getByRole('group', { name: 'Show' }).getByRole('button', { name: 'All' })
    await expect.poll(() => all.innerText(), { timeout: 120_000 }).toMatch(/10,000$/)
    await progress.waitFor({ state: 'detached' })
    expect((await window.texts()).slice(0, 5)).toEqual((await app.texts()).slice(0, 5))
    await window.page.getByLabel('Search todos').fill('9999')
    await window.row(text).and(window.page.locator('[data-done=true]')).waitFor()

    // Counts of five digits fit a telephone too.
    await app.page.setViewportSize({ width: 360, height: 740 })
    const rightOf = (what: Locator): Promise<number> =>
      what.evaluate((element) => element.getBoundingClientRect().right)
    await expect
      .poll(
        async () =>
          (await rightOf(app.page.getByRole('group', { name: 'Show' }))) - (await rightOf(app.list)),
      )
      .toBeLessThanOrEqual(0)
  }, 300_000)
})
