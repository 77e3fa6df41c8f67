/** The whole engine on this storage, in real tabs. */
import path from 'node:path'
import {
  type Calls,
  callsTo,
  type LabBrowser,
  launchBrowser,
  servePage,
  type ServedPage,
} from '@synclayer/browser-lab'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EnginePage } from './testing/engine-page.ts'

// A machine may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const MANY = 10_000
let served: ServedPage
let browser: LabBrowser

beforeAll(async () => {
  served = await servePage({ entry: path.join(import.meta.dirname, 'testing/engine-page.ts') })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await served.close()
})

async function tab(): Promise<Calls<EnginePage>> {
  return callsTo<EnginePage>(await browser.newPage(served.url))
}

/** The notes of a size among the many: one of a thousand. */
const idsOfSize = (size: number): string[] =>
  Array.from({ length: 10 }, (_, at) => `n${String(at * 1_000 + size).padStart(6, '0')}`)

describe('createSyncLayer with dexieStorage', () => {
  test('keeps 10,000 saves, finds by index without reading others, and fills an index that a new version declares', async () => {
    const first = await tab()
    await first.open('engine', ['label'])
    await first.saveMany(MANY)
    expect(await first.count()).toBe(MANY)
    await first.close()

    const second = await tab()
    await second.open('engine', ['size', 'label'])
    expect(await second.count()).toBe(MANY)
    const { ids, rowsRead } = await second.ofSize(7)
    expect(ids).toEqual(idsOfSize(7))
    // The ten rows, and a few of what the store knows of itself.
    expect(rowsRead).toBeLessThan(20)
    await second.close()
  })

  test('keeps live queries up to date in every tab', async () => {
    const [here, there] = [await tab(), await tab()]
    await here.open('live', ['size'])
    await there.open('live', ['size'])
    await here.watch(1)
    await there.watch(1)
    await expect.poll(() => there.watched()).toEqual([[]])
    await here.save({ id: 'a', size: 1, label: 'x' })
    await there.save({ id: 'b', size: 1, label: 'x' })
    await here.save({ id: 'c', size: 2, label: 'x' })
    await there.save({ id: 'a', size: 2, label: 'x' })
    for (const each of [here, there]) {
      await expect.poll(async () => (await each.watched()).at(-1), { timeout: 10_000 }).toEqual(['b'])
      // What is none of the query's never shows.
      expect((await each.watched()).flat()).not.toContain('c')
    }
    await here.close()
    await there.close()
  })

  test('an old version of the app in another tab is stopped from writing without the new index', async () => {
    const [old, now] = [await tab(), await tab()]
    await old.open('versions', ['label'])
    await old.save({ id: 'a', size: 1, label: 'x' })
    await now.open('versions', ['size', 'label'])
    expect((await now.ofSize(1)).ids).toEqual(['a'])
    await expect(old.save({ id: 'b', size: 1, label: 'x' })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: false,
    })
    expect((await now.ofSize(1)).ids).toEqual(['a'])
    await old.close()
    await now.close()
  })
})
