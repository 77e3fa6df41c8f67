/** What axe-core finds wrong with a page, in light and dark, on a screen and on a telephone. */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { AxeResults, RunOptions } from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'

declare const axe: { run(options: RunOptions): Promise<AxeResults> }

const SCREENS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
] as const

/** Before the pages of the context are opened: the app's policy lets nothing in later. */
export async function bringAxe(context: BrowserContext): Promise<void> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  await context.addInitScript({ content: readFileSync(file, 'utf8') })
}

/** One line for each thing that is wrong, with where it is. A frame's page is a page of its own, and not looked at. */
export async function findings(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const viewport of SCREENS) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await page.evaluate(() =>
        axe.run({ resultTypes: ['violations'], iframes: false }),
      )
      for (const { id, help, nodes } of violations) {
        const places = nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`)
        found.push(`${viewport.width} px, ${colorScheme}: ${id}: ${help}: ${places.join(' | ')}`)
      }
    }
  }
  await page.setViewportSize(SCREENS[0])
  return found
}
