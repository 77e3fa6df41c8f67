/** Starts a real Chromium for a test, and ends it: politely, or as a crash would. */
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { installedBrowser, missingText } from './find-browser.ts'

export interface BrowserOptions {
  /**
   * The folder of the profile: what a page stores is there again when a browser is started with the same folder. Left
   * out, a new one that is removed at the end. Either is a real profile on disk, and no private window.
   */
  readonly profile?: string
  /** Without a window; the default. */
  readonly headless?: boolean
  /** More flags for Chromium. */
  readonly args?: readonly string[]
}

export interface LabBrowser {
  /** Playwright's context of the profile. `context.browser()!.newContext()` makes a private window. */
  readonly context: BrowserContext
  readonly version: string
  /** A new tab; with an address, once that is loaded. */
  readonly newPage: (url?: string) => Promise<Page>
  /** Ends the browser and all of its processes at once, by SIGKILL, as a crash of the machine's user session would. */
  readonly kill: () => Promise<void>
  readonly close: () => Promise<void>
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the Chromium that is installed. Throws, with what to do, where there is none. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<LabBrowser> {
  const { profile = '', headless = true, args = [] } = options
  const executablePath = installedBrowser()
  if (executablePath === null) throw new Error(missingText())
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless,
    args: [...FLAGS, ...args],
  })
  const browser = context.browser()!
  return {
    context,
    version: browser.version(),
    async newPage(url) {
      const page = await context.newPage()
      if (url !== undefined) await page.goto(url)
      return page
    },
    async kill() {
      const session = await browser.newBrowserCDPSession()
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      const isGone = new Promise<void>((resolve) => context.once('close', () => resolve()))
      // The browser first: it would notice when another ends.
      const ids = processInfo.toSorted((one, other) => rank(one.type) - rank(other.type)).map(({ id }) => id)
      for (const id of ids) kill(id)
      await isGone
    },
    close: () => context.close(),
  }
}

function rank(type: string): number {
  return type === 'browser' ? 0 : 1
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It has ended with the browser already.
  }
}
