import path from 'node:path'
import { callsTo, launchBrowser, servePage } from '@synclayer/browser-lab'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConformancePage } from './testing/conformance-page.ts'

// The suite runs in the page. Its names must be known before the tests here can be.
const served = await servePage({ entry: path.join(import.meta.dirname, 'testing/conformance-page.ts') })
const browser = await launchBrowser()
const calls = callsTo<ConformancePage>(await browser.newPage(served.url))
const { SYNCLAYER_CONFORMANCE_MS, SYNCLAYER_SEED } = process.env
const ms = Number(SYNCLAYER_CONFORMANCE_MS ?? 0)
const names = await calls.names({
  ms,
  ...(SYNCLAYER_SEED === undefined ? {} : { seed: Number(SYNCLAYER_SEED) }),
})

const LONGEST_TEST_MS = 300_000

describe('dexieStorage in Chromium', () => {
  afterAll(async () => {
    await browser.close()
    await served.close()
  })

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
