/** What browsers and their users do to a store: full disks, deletion, upgrades, private windows, denied access. */
import { type Calls, callsTo, servePage } from '@synclayer/browser-lab'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { isSyncError, type SyncError } from '@synclayer/core/storage'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createStorageLab, row, type StorageLab } from './testing/storage-lab.ts'
import type { StoragePage } from './testing/storage-page.ts'

// A machine may be busy with other tests.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const entry = path.join(import.meta.dirname, 'testing/storage-page.ts')
let lab: StorageLab

beforeAll(async () => {
  lab = await createStorageLab()
})
afterAll(() => lab.close())

/** What a call rejects with, which must be a SyncError. */
async function failure(call: Promise<unknown>): Promise<SyncError> {
  const error: unknown = await call.then(
    () => new Error('It resolved'),
    (reason: unknown) => reason,
  )
  if (!isSyncError(error)) throw error
  return error
}

/**
 * A tab of an origin of its own that may store no more than so many bytes, until `lift` is called. Chromium remembers for a
 * while how much room an origin had, so the limit must be there first.
 */
async function limitedTab(quotaSize: number): Promise<LimitedTab> {
  const { origin, url, close } = await servePage({ entry })
  const page = await lab.browser.newPage(url)
  const session = await lab.browser.context.newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize })
  return {
    store: callsTo<StoragePage>(page),
    lift: () => session.send('Storage.overrideQuotaForOrigin', { origin }),
    close,
  }
}

interface LimitedTab {
  readonly store: Calls<StoragePage>
  readonly lift: () => Promise<unknown>
  readonly close: () => Promise<void>
}

describe('a full disk', () => {
  test('is STORAGE_FULL in a commit, which changes nothing; reading goes on, and writing once there is room', async () => {
    const { store, lift, close } = await limitedTab(1_000_000)
    await store.open({ name: 'full' })
    await store.commit({ records: [row('a')] })
    // Browsers compress what they store.
    const big = JSON.stringify({ text: randomBytes(150_000).toString('base64') })
    const records = Array.from({ length: 10 }, (_, at) => row(`big-${at}`, { document: big }))
    const error = await failure(store.commit({ records: [...records, row('a', { sync: '{"v":2}' })] }))
    expect(error).toMatchObject({ code: 'STORAGE_FULL', retryable: true })
    expect(await store.read(['a', 'big-0'])).toMatchObject([{ sync: '{}' }, undefined])
    expect(await store.query('size')).toEqual(['a'])
    await lift()
    expect((await store.commit({ records })).status).toBe('committed')
    expect(await store.count('size')).toBe(11)
    await store.close()
    await close()
  })

  test('is STORAGE_FULL at opening, which works once there is room', async () => {
    const { store, lift, close } = await limitedTab(1)
    expect(await failure(store.open({ name: 'full-at-open' }))).toMatchObject({
      code: 'STORAGE_FULL',
      retryable: true,
    })
    await lift()
    await store.open({ name: 'full-at-open' })
    expect((await store.commit({ records: [row('a')] })).status).toBe('committed')
    await store.close()
    await close()
  })
})

describe('another version in another tab', () => {
  test('a later one gets the store at once; from then on calls here say that the page must be reloaded', async () => {
    const [store, later] = [await lab.tab(), await lab.tab()]
    await store.open({ name: 'later' })
    await store.commit({ records: [row('a')] })
    await later.upgrade('synclayer:later', 20, false)
    for (const call of [store.read(['a']), store.commit({ records: [row('b')] })]) {
      expect(await failure(call)).toMatchObject({
        code: 'STORAGE_FAILED',
        retryable: false,
        details: { format: 2, knownFormat: 1 },
      })
    }
    await store.close()
    expect(await failure(store.open({ name: 'later' }))).toMatchObject({ details: { format: 2 } })
  })

  test('one whose upgrade was broken off leaves the store as it is: calls here go on', async () => {
    const [store, later] = [await lab.tab(), await lab.tab()]
    await store.open({ name: 'broken-off' })
    await store.commit({ records: [row('a')] })
    await later.upgrade('synclayer:broken-off', 20, true)
    expect(await store.query('size')).toEqual(['a'])
    expect((await store.commit({ records: [row('b')] })).status).toBe('committed')
    await store.close()
  })

  test('an older one that does not let go is named; opening works once it has gone', async () => {
    const [older, store] = [await lab.tab(), await lab.tab()]
    await older.hold('synclayer:older', 1)
    const options = { name: 'older', blockedTimeoutMs: 200 }
    expect(await failure(store.open(options))).toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: true,
      details: { blocked: true },
    })
    await older.release()
    await store.open(options)
    expect((await store.commit({ records: [row('a')] })).status).toBe('committed')
    await store.close()
    // What the browser opened for the call that had given up is in nobody's way.
    await older.upgrade('synclayer:older', 30, false)
    expect(await failure(store.open(options))).toMatchObject({ details: { format: 3 } })
  })
})

describe('a store that is deleted while it is open', () => {
  test('by its user, with all data of the site: says so, and opens empty again', async () => {
    const store = await lab.tab()
    await store.open({ name: 'deleted' })
    await store.commit({ records: [row('a')] })
    const session = await lab.browser.context.newCDPSession(lab.browser.context.pages().at(-1)!)
    await session.send('Storage.clearDataForOrigin', { origin: lab.served.origin, storageTypes: 'indexeddb' })
    for (const call of [store.read(['a']), store.commit({ records: [row('b')] }), store.query('size')]) {
      expect(await failure(call)).toMatchObject({
        code: 'STORAGE_FAILED',
        retryable: false,
        details: { deleted: true },
      })
    }
    await store.close()
    await store.open({ name: 'deleted' })
    expect(await store.scan()).toEqual([])
    expect((await store.commit({ records: [row('a')] })).status).toBe('committed')
    await store.close()
  })
})

describe('where a browser gives little or nothing', () => {
  test('a private window has a store until it is closed', async () => {
    const context = await lab.browser.context.browser()!.newContext()
    const page = await context.newPage()
    await page.goto(lab.served.url)
    const store = callsTo<StoragePage>(page)
    await store.open({ name: 'private' })
    await store.commit({ records: [row('a')] })
    expect(await store.query('size')).toEqual(['a'])
    await context.close()
    const outside = await lab.tab()
    await outside.open({ name: 'private' })
    expect(await outside.scan()).toEqual([])
    await outside.close()
  })

  test('without IndexedDB it is NOT_SUPPORTED, with what to take instead', async () => {
    const context = await lab.browser.context.browser()!.newContext()
    await context.addInitScript('Object.defineProperty(globalThis, "indexedDB", { value: undefined })')
    const page = await context.newPage()
    await page.goto(lab.served.url)
    const error = await failure(callsTo<StoragePage>(page).open({ name: 'none' }))
    expect(error).toMatchObject({ code: 'NOT_SUPPORTED', retryable: false })
    expect(error.message).toContain('memoryStorage')
    await context.close()
  })

  test('denied access is STORAGE_FAILED, with a likely reason', async () => {
    const served = await servePage({
      entry,
      headers: { 'content-security-policy': 'sandbox allow-scripts' },
    })
    const page = await lab.browser.newPage()
    // In a sandbox the module is of another origin.
    await page.route('**/page.js', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({
        response: answer,
        headers: { ...answer.headers(), 'access-control-allow-origin': '*' },
      })
    })
    await page.goto(served.url)
    const error = await failure(callsTo<StoragePage>(page).open({ name: 'denied' }))
    expect(error).toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: false,
      details: { error: 'SecurityError' },
    })
    expect(error.message).toContain('cookies')
    await served.close()
  })
})

describe('persistence', () => {
  test('is asked for at opening, which does not wait for the answer; not when told not to', async () => {
    const page = await lab.browser.newPage()
    await page.addInitScript(() => {
      let asked = 0
      Object.assign(globalThis, { asked: () => asked })
      navigator.storage.persist = () => {
        asked += 1
        return new Promise(() => undefined)
      }
    })
    await page.goto(lab.served.url)
    const store = callsTo<StoragePage>(page)
    const asked = (): Promise<unknown> => page.evaluate('asked()')
    await store.open({ name: 'not-persistent', persist: false })
    await store.close()
    expect(await asked()).toBe(0)
    await store.open({ name: 'persistent' })
    expect(await asked()).toBe(1)
    await store.close()
  })

  test('can be looked up, with what is used and what may be', async () => {
    const store = await lab.tab()
    const { persistent, usedBytes, quotaBytes } = await store.persistence()
    expect(typeof persistent).toBe('boolean')
    expect(usedBytes).toBeGreaterThanOrEqual(0)
    expect(quotaBytes).toBeGreaterThan(usedBytes!)
  })
})
