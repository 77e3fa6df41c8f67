import { launchBrowser } from '@synclayer/browser-lab'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startAppServer } from '../browser/app-server.ts'
import { type Clicked, clickRow, noteTheWire, type Run, watchRow } from '../browser/window-clock.ts'
import type { Figure } from '../compare.ts'

const CLICKS = 500
const WARM_UP = 100
/** Each click finds everyone at rest. */
const REST_MS = 30

/**
 * From a click in one window of the todo app to the row that has changed in another, which is a device of its own: saved in
 * IndexedDB, sent, saved by the server, told, saved there, and drawn. One Chromium, one server, on loopback.
 */
export async function clickToTheOtherWindow(folder: string): Promise<readonly Figure[]> {
  const server = await startAppServer(join(folder, 'browser.db'))
  const browser = await launchBrowser()
  try {
    await browser.context.addInitScript(noteTheWire)
    const here = await browser.newPage(server.url)
    await here.getByRole('textbox', { name: 'Your name' }).fill('Ada')
    await here.getByRole('button', { name: 'Sign in', exact: true }).click()
    const entry = here.getByRole('textbox', { name: 'New todo' })
    await entry.waitFor()
    // Whoever is signed in on the first device is on the second as well.
    const there = await browser.newPage(`${server.url}/?device=second`)
    await here.bringToFront()
    await entry.fill('Buy milk')
    await entry.press('Enter')
    for (const page of [here, there]) await settled(page)
    await there.evaluate(watchRow)
    const run = await here.evaluate(clickRow, [WARM_UP + CLICKS, REST_MS] as const)
    return figuresOf({ ...run, clicks: run.clicks.slice(WARM_UP) })
  } finally {
    await browser.close()
    await server.stop()
  }
}

async function settled(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Buy milk', exact: true }).waitFor()
  await page.getByRole('button', { name: /^Sync:.*All saved/ }).waitFor()
}

type Way = readonly [name: string, from: (click: Clicked) => number, to: (click: Clicked) => number]

function figuresOf({ clicks, offsetMs }: Run): readonly Figure[] {
  const ways: readonly Way[] = [
    ['a click to the other window', ({ at }) => at, ({ there }) => there.shown - offsetMs],
    ['of this: stored and shown in its own window', ({ at }) => at, ({ shownHere }) => shownHere],
    ['of this: a click to its push leaving', ({ at }) => at, ({ pushSent }) => pushSent],
    [
      'of this: the push to the message at the other window',
      ({ pushSent }) => pushSent,
      ({ there }) => there.told - offsetMs,
    ],
    ['of this: the message to the row', ({ there }) => there.told, ({ there }) => there.shown],
    ['beside it: the push to its answer', ({ pushSent }) => pushSent, ({ pushAnswered }) => pushAnswered],
    [
      'besides: the row to the frame in which it is drawn',
      ({ there }) => there.shown,
      ({ there }) => there.drawn,
    ],
  ]
  return ways.map(([name, from, to], index) => {
    const sorted = clicks.map((click) => to(click) - from(click)).sort((a, b) => a - b)
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
    return {
      name: `${name} (p99 ${at(0.99).toFixed(2)} ms, longest ${at(1).toFixed(1)} ms)`,
      durability: 'process, in both stores and on the server',
      aim: index === 0 ? 'p99 20 ms' : 'none',
      plainUs: Number.NaN,
      oursUs: at(0.5) * 1_000,
      ratio: Number.NaN,
      least: Number.NaN,
      most: Number.NaN,
    }
  })
}
