/** What the adapter is for: pages in a real browser, with the publishable key, of another origin than the project. */
import path from 'node:path'
import {
  type Calls,
  callsTo,
  type LabBrowser,
  launchBrowser,
  type ServedPage,
  servePage,
} from '@synclayer/browser-lab'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject } from './testing/open-project.ts'
import type { SupabasePage } from './testing/supabase-page.ts'

const project = await openProject()
const ADA = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'
let served: ServedPage
let browser: LabBrowser

beforeAll(async () => {
  served = await servePage({ entry: path.join(import.meta.dirname, 'testing/supabase-page.ts') })
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await project.close()
})

async function pageOf(sub: string, scope: string): Promise<Calls<SupabasePage>> {
  const page = callsTo<SupabasePage>(await browser.newPage(served.url))
  await page.open(project.url, project.anonKey, project.userToken({ sub }), scope)
  return page
}

test('two pages of one user show each other’s changes, by Realtime', { timeout: 60_000 }, async () => {
  const [one, other] = [await pageOf(ADA, `user:${ADA}`), await pageOf(ADA, `user:${ADA}`)]
  await one.save('a', 'from the one')
  await expect.poll(() => other.text('a')).toBe('from the one')
  await other.save('a', 'from the other')
  await expect.poll(() => one.text('a')).toBe('from the other')
  await expect.poll(() => one.phase()).toBe('idle')
})

test('a page of another user is told no, and gets nothing', { timeout: 60_000 }, async () => {
  const ada = await pageOf(ADA, `user:${ADA}`)
  await ada.save('secret', 'of Ada')
  const refusal = await pageOf(BOB, `user:${ADA}`).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'FORBIDDEN' })
})
