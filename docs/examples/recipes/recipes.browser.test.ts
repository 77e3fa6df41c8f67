import path from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callsTo, launchBrowser, type LabBrowser, servePage } from '../../../tooling/browser-lab/src/index.ts'
import type { RecipePage } from './recipe-page.ts'

const PAGES = [
  { framework: 'Vue', entry: 'vue-page.ts', plugins: [], notes: ['3 pending'] },
  {
    framework: 'Svelte',
    entry: 'svelte-page.ts',
    plugins: [svelte({ configFile: false })],
    notes: ['3 pending', '3 in the store'],
  },
  { framework: 'Solid', entry: 'solid-page.ts', plugins: [], notes: ['3 pending'] },
]

describe('recipes', () => {
  let browser: LabBrowser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)

  afterAll(() => browser.close())

  test.each(PAGES)(
    '$framework: shows changes and nothing between, keeps rows, and closes what it opened',
    async ({ entry, plugins, notes }) => {
      const served = await servePage({ entry: path.join(import.meta.dirname, entry), plugins })
      try {
        const page = await browser.newPage(served.url)
        expect(await callsTo<RecipePage>(page).run()).toEqual({
          shown: ['', 'milk', 'milk,tea', 'bread', ''],
          keptRow: true,
          notes,
          open: [1, 0],
        })
        await page.close()
      } finally {
        await served.close()
      }
    },
    60_000,
  )
})
