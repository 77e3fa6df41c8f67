/** The browser ends in the middle of commits, as by a crash: what was resolved is there, and groups are whole (ST1). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { callsTo, launchBrowser, servePage, type ServedPage } from '@synclayer/browser-lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoragePage } from './testing/storage-page.ts'

const KILLS = 4
const GROUP = 7
/** It is killed after about so many commits; another number each time, so that it is within another part of one. */
const COMMITS = 60

const profile = mkdtempSync(path.join(tmpdir(), 'synclayer-killed-'))
let served: ServedPage

beforeAll(async () => {
  served = await servePage({ entry: path.join(import.meta.dirname, 'testing/storage-page.ts') })
})
afterAll(async () => {
  await served.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
})

/** Commits groups until so many were resolved, kills the browser, and answers the highest that was told. */
async function commitUntilKilled(name: string, commits: number): Promise<number> {
  const browser = await launchBrowser({ profile })
  let highest = -1
  const page = await browser.newPage()
  let tellEnough = (): void => undefined
  const enough = new Promise<void>((resolve) => (tellEnough = resolve))
  // Before the page is loaded, which calls it.
  await page.exposeFunction('told', (n: number) => {
    highest = n
    if (n >= commits) tellEnough()
  })
  await page.goto(served.url)
  const store = callsTo<StoragePage>(page)
  await store.open({ name })
  const committing = store.commitGroups(GROUP)
  // Where it ends before it is killed, it has failed.
  await Promise.race([enough, committing])
  const ended = committing.catch(() => undefined)
  await browser.kill()
  await ended
  return highest
}

describe('a browser killed in the middle of commits', () => {
  for (let kill = 0; kill < KILLS; kill++) {
    test(`has every resolved commit, whole, and goes on (${kill + 1} of ${KILLS})`, async () => {
      const name = `killed-${kill}`
      const told = await commitUntilKilled(name, COMMITS + kill * 13)
      const browser = await launchBrowser({ profile })
      try {
        const store = callsTo<StoragePage>(await browser.newPage(served.url))
        await store.open({ name })
        const rows = await store.scan(100_000)
        const groups = new Map<number, number>()
        for (const { id } of rows) {
          const n = Number(id.split('-')[0])
          groups.set(n, (groups.get(n) ?? 0) + 1)
        }
        expect(groups.size).toBeGreaterThan(told)
        for (let n = 0; n < groups.size; n++) expect(groups.get(n), `rows of group ${n}`).toBe(GROUP)
        expect(rows.filter((row) => 'damaged' in row)).toEqual([])
        // The entry and the index of the same commits agree with the rows.
        expect(await store.readEntries(['count'])).toMatchObject([{ value: String(groups.size) }])
        expect(await store.count('size')).toBe(rows.length)
        expect(await store.outboxSize(null)).toEqual({ waiting: rows.length, sending: 0, parked: 0 })
      } finally {
        await browser.close()
      }
    }, 120_000)
  }
})
