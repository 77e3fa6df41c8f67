import path from 'node:path'
import { callsTo, launchBrowser, servePage } from '@synclayer/browser-lab'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConformancePage } from './testing/conformance-page.ts'

const LONGEST_TEST_MS = 300_000

// The suite runs in pages. Its names must be known before the tests here can be.
const served = await servePage({ entry: path.join(import.meta.dirname, 'testing/conformance-page.ts') })
const browser = await launchBrowser()
const page = await browser.newPage(served.url)
const oldPage = await browser.newPage()
await oldPage.addInitScript(() => {
  for (const { prototype } of [IDBObjectStore, IDBIndex]) {
    delete (prototype as { getAllRecords?: unknown }).getAllRecords
  }
})
await oldPage.goto(served.url)

const { SYNCLAYER_CONFORMANCE_MS, SYNCLAYER_SEED } = process.env
const ms = Number(SYNCLAYER_CONFORMANCE_MS ?? 0)
const settings = { ms, ...(SYNCLAYER_SEED === undefined ? {} : { seed: Number(SYNCLAYER_SEED) }) }
const calls = callsTo<ConformancePage>(page)
const names = await calls.names(settings)
const oldCalls = callsTo<ConformancePage>(oldPage)
await oldCalls.names(settings)

afterAll(async () => {
  await browser.close()
  await served.close()
})

describe('dexieStorage in Chromium', () => {
  for (const [at, name] of names.entries()) {
    test(
      `${name.join(' > ')}`,
      async () => {
        expect(await calls.run(at)).toEqual(name)
      },
      LONGEST_TEST_MS + ms * 2,
    )
  }
})

describe('dexieStorage in a browser that reads backwards by cursor alone', () => {
  test('is one, and the other is not', async () => {
    const has = (): boolean => 'getAllRecords' in IDBIndex.prototype
    expect([await page.evaluate(has), await oldPage.evaluate(has)]).toEqual([true, false])
  })

  for (const [at, name] of names.entries()) {
    if (name[0] !== 'query') continue
    test(
      `${name.join(' > ')}`,
      async () => {
        expect(await oldCalls.run(at)).toEqual(name)
      },
      LONGEST_TEST_MS,
    )
  }
})
