import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { callsTo, launchBrowser, servePage } from './index.ts'
import type { LabPage } from './testing/lab-page.ts'

const entry = path.join(import.meta.dirname, 'testing/lab-page.ts')
const profile = mkdtempSync(path.join(tmpdir(), 'synclayer-lab-'))

describe('the browser lab', () => {
  afterAll(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))

  test('serves a page; its data is there again after the browser was killed and the page served anew', async () => {
    const first = await servePage({ entry })
    const killed = await launchBrowser({ profile })
    await callsTo<LabPage>(await killed.newPage(first.url)).write('kept')
    await killed.kill()
    await first.close()

    const second = await servePage({ entry, port: first.port })
    const browser = await launchBrowser({ profile })
    try {
      // Calls may be awaited, as whatever an async function answers is.
      const calls = await Promise.resolve(callsTo<LabPage>(await browser.newPage(second.url)))
      expect(await calls.read()).toBe('kept')
      expect(await calls.isDevelopment()).toBe(true)
      await expect(calls.fail()).rejects.toMatchObject({
        name: 'SyncError',
        code: 'STORAGE_FULL',
        retryable: true,
        message: 'The disk is full',
      })
    } finally {
      await browser.close()
      await second.close()
    }
  }, 60_000)
})
