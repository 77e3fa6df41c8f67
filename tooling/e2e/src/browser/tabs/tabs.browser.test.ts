import path from 'node:path'
import {
  type Calls,
  callsTo,
  launchBrowser,
  type LabBrowser,
  servePage,
  type ServedPage,
} from '@synclayer/browser-lab'
import { openClient } from '../../engine/programs/engine-program.ts'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPlace, type Place, type RunningServer } from '../../server-app/server-program.ts'
import type { TabPage } from './testing/tab-page.ts'

interface Tab {
  readonly page: Page
  readonly app: Calls<TabPage>
  readonly devtools: CDPSession
  /** The process that runs the page, and nothing else. */
  readonly process: number
}

let place: Place
let server: RunningServer
let served: ServedPage
let browser: LabBrowser
let stores = 0
const open = new Set<Page>()
const frozen = new Set<number>()

beforeAll(async () => {
  place = createPlace()
  served = await servePage({ entry: path.join(import.meta.dirname, 'testing/tab-page.ts') })
  server = await place.serve(['--cors', served.origin])
  // Every tab has a process of its own, that is started with it.
  const args = ['--process-per-tab', '--disable-features=SpareRendererForSitePerProcess']
  browser = await launchBrowser({ args })
}, 120_000)
afterAll(async () => {
  await browser.close()
  await served.close()
  await place.remove()
})
afterEach(async () => {
  for (const id of frozen) thaw(id)
  await Promise.all([...open].map((page) => page.close()))
  open.clear()
})

/** So many tabs of one app on a store of their own, one after another. */
async function openTabs(count: number): Promise<readonly Tab[]> {
  const store = `tabs-${(stores += 1)}`
  const tabs: Tab[] = []
  for (let n = 0; n < count; n++) tabs.push(await openTab(store))
  return tabs
}

async function openTab(store: string): Promise<Tab> {
  const before = await renderers()
  const page = await browser.newPage(served.url)
  open.add(page)
  const app = callsTo<TabPage>(page)
  await app.open(store, server.url)
  // The blank page it began as may have had a process too, which ends.
  const begun = async (): Promise<readonly number[]> =>
    (await renderers()).filter((id) => !before.includes(id))
  await expect.poll(begun, { message: 'the one process that runs the tab' }).toHaveLength(1)
  const [process] = (await begun()) as [number]
  const tab = { page, app, devtools: await browser.context.newCDPSession(page), process }
  await expect.poll(async () => (await tab.app.seen()).hasSynced).toBe(true)
  return tab
}

/** Its process stands still, as a page's does that the browser has frozen. */
function freeze({ process: id }: Tab): void {
  frozen.add(id)
  process.kill(id, 'SIGSTOP')
}

function thaw(id: number): void {
  frozen.delete(id)
  process.kill(id, 'SIGCONT')
}

async function renderers(): Promise<readonly number[]> {
  const session = await browser.context.browser()!.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.flatMap(({ id, type }) => (type === 'renderer' ? [id] : []))
}

const seenBy = (tabs: readonly Tab[]) => Promise.all(tabs.map(({ app }) => app.seen()))

/** Which of them listen to the server: the one that syncs does. */
const leaders = async (tabs: readonly Tab[]): Promise<readonly number[]> =>
  (await seenBy(tabs)).flatMap(({ isConnected }, index) => (isConnected ? [index] : []))

/** Resolves once all of them show these notes of the prefix, and nothing is unsent. */
async function settled(tabs: readonly Tab[], prefix: string, ids: readonly string[]): Promise<void> {
  const wanted = tabs.map(() => ({ notes: [...ids].sort(), pending: 0, phase: 'idle' }))
  await expect
    .poll(
      async () =>
        (await seenBy(tabs)).map(({ notes, pending, phase }) => ({
          notes: notes.filter((id) => id.startsWith(prefix)),
          pending,
          phase,
        })),
      { timeout: 30_000 },
    )
    .toEqual(wanted)
}

/** What the server holds of that prefix, as another device gets it. */
async function onServer(prefix: string): Promise<readonly string[]> {
  const other = await openClient({ backend: server.url, sync: { auto: false } })
  await other.sync()
  const notes = await other.collection('notes').getAll()
  await other.close()
  return notes
    .map(({ id }) => id)
    .filter((id) => id.startsWith(prefix))
    .sort()
}

/** Somebody on another device saves a note. */
async function savedElsewhere(id: string): Promise<void> {
  const other = await openClient({ backend: server.url, sync: { auto: false } })
  await other.collection('notes').save({ id, text: '', n: 0 })
  await other.sync()
  await other.close()
}

describe('tabs on one store', () => {
  test('of which one syncs, send each change once, and all show all of them (W39, I3, Q8)', async () => {
    const tabs = await openTabs(3)
    const [, two, three] = tabs as [Tab, Tab, Tab]
    await expect.poll(() => leaders(tabs)).toEqual([0])
    for (const [index, { app }] of tabs.entries()) await app.save(`one-${index}`)
    await settled(tabs, 'one-', ['one-0', 'one-1', 'one-2'])
    await savedElsewhere('one-elsewhere')
    await settled(tabs, 'one-', ['one-0', 'one-1', 'one-2', 'one-elsewhere'])
    const seen = await seenBy(tabs)
    expect(seen[0]!.synced.toSorted()).toEqual(['one-0', 'one-1', 'one-2'])
    expect([two, three].map((_, index) => seen[index + 1]!.synced)).toEqual([[], []])
    expect(seen.flatMap(({ errors }) => errors)).toEqual([])
  })

  test('lose no update of a record that all of them change at once (D9, I3, W39)', async () => {
    const tabs = await openTabs(3)
    await Promise.all(tabs.map(({ app }, index) => app.add(`tab${index}`, 100)))
    const counter = { id: 'shared', n: 300, by: { tab0: 100, tab1: 100, tab2: 100 } }
    await expect
      .poll(
        async () => (await seenBy(tabs)).map((seen) => ({ counter: seen.counter, pending: seen.pending })),
        {
          timeout: 30_000,
        },
      )
      .toEqual(tabs.map(() => ({ counter, pending: 0 })))
  })

  test('go on when the one that syncs is closed in the middle of it, the next at once (W39, I2, I3)', async () => {
    const tabs = await openTabs(3)
    const [one, ...others] = tabs as [Tab, Tab, Tab]
    await one.app.saveMany('closed', 500)
    await one.page.close()
    open.delete(one.page)
    const closed = await seenBy(others)
    await expect.poll(() => leaders(others)).toHaveLength(1)
    const [next] = (await leaders(others)) as [number]
    // Nobody had to give up a leader that does not answer: that would take five ticks.
    expect((await seenBy(others))[next]!.beganAt! - closed[next]!.ticks).toBeLessThan(4)
    const ids = Array.from({ length: 500 }, (_, n) => `closed-${n}`)
    await settled(others, 'closed-', ids)
    expect(await onServer('closed-')).toEqual(ids.sort())
  })

  test('go on when the one that syncs crashes (W39, I2, I3)', async () => {
    const tabs = await openTabs(3)
    const [one, ...others] = tabs as [Tab, Tab, Tab]
    await one.app.saveMany('crashed', 500)
    const crashed = one.page.waitForEvent('crash')
    void one.devtools.send('Page.crash').catch(() => undefined)
    await crashed
    await others[0]!.app.save('crashed-last')
    const ids = [...Array.from({ length: 500 }, (_, n) => `crashed-${n}`), 'crashed-last']
    await settled(others, 'crashed-', ids)
    await expect.poll(() => leaders(others)).toHaveLength(1)
    expect(await onServer('crashed-')).toEqual(ids.sort())
  })

  test('go on when the one that syncs is frozen, and it follows once it goes on (W39, I3)', async () => {
    const tabs = await openTabs(3)
    const [one, ...others] = tabs as [Tab, Tab, Tab]
    freeze(one)
    await others[1]!.app.save('frozen-1')
    await settled(others, 'frozen-', ['frozen-1'])
    await expect.poll(() => leaders(others)).toHaveLength(1)
    thaw(one.process)
    await settled(tabs, 'frozen-', ['frozen-1'])
    await expect.poll(() => leaders(tabs)).toHaveLength(1)
    expect(await leaders([one])).toEqual([])
    await one.app.save('frozen-2')
    await settled(tabs, 'frozen-', ['frozen-1', 'frozen-2'])
    const seen = await seenBy(tabs)
    expect(seen[0]!.synced).toEqual([])
    expect(seen.flatMap(({ synced }) => synced).toSorted()).toEqual(['frozen-1', 'frozen-2'])
  })

  test('go on when the one that syncs hangs in its own code (W39)', async () => {
    const tabs = await openTabs(2)
    const [one, two] = tabs as [Tab, Tab]
    await one.devtools.send('Debugger.enable')
    await one.devtools.send('Debugger.pause')
    await two.app.save('hung-1')
    await settled([two], 'hung-', ['hung-1'])
    expect((await two.app.seen()).synced).toEqual(['hung-1'])
    await one.devtools.send('Debugger.resume').catch(() => undefined)
    await one.devtools.send('Debugger.disable')
    await settled(tabs, 'hung-', ['hung-1'])
    await expect.poll(() => leaders(tabs)).toEqual([1])
  })

  test('all show that the server cannot be reached, and that it can again (O3, W39)', async () => {
    const tabs = await openTabs(2)
    const { port } = server
    await server.stop()
    await tabs[1]!.app.save('offline-1')
    await expect
      .poll(async () => (await seenBy(tabs)).map(({ phase }) => phase))
      .toEqual(['offline', 'offline'])
    server = await place.serve(['--cors', served.origin, '--port', `${port}`])
    await settled(tabs, 'offline-', ['offline-1'])
  })
})
