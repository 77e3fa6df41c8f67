/** The todo app as it is built, served by the reference server, in a real Chromium. */
import { launchBrowser, type LabBrowser } from '@synclayer/browser-lab'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { fileURLToPath } from 'node:url'
import { createPlace, type Place, type RunningServer } from '../../server-app/server-program.ts'
import { todoPage, type TodoPage } from './todo-page.ts'
import { watch } from './watch.ts'

/** The app's built files. */
export const APP =
  process.env['TRY_APP'] ?? fileURLToPath(new URL('../../../../../apps/todo/dist', import.meta.url))

export interface TodoLab {
  readonly place: Place
  readonly browser: LabBrowser
  /** The server that was started last. */
  readonly server: RunningServer
  /** Ends the server. */
  stop(signal: NodeJS.Signals): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /** A device of its own: a private window, with a store that nobody else has. */
  device(options?: DeviceOptions): Promise<Device>
  /** A name that nobody has yet. */
  newName(): string
  /** Closes all devices. Rejects where something has happened on one that must never happen. */
  end(): Promise<void>
  close(): Promise<void>
}

export interface DeviceOptions extends BrowserContextOptions {
  /** Where the app is asked for; the server itself unless told. */
  readonly url?: string
  /** What the console may say of errors, since the test brings them about. */
  readonly expected?: RegExp
}

export interface Device {
  readonly context: BrowserContext
  /** A window of the app. */
  open(path?: string): Promise<Window>
  /** A window in which that name is signed in. */
  signIn(name: string): Promise<Window>
  close(): Promise<void>
}

export interface Window extends TodoPage {
  readonly page: Page
}

export interface LabOptions {
  /** The folder of the app. */
  readonly app?: string
  /** More options of the server. */
  readonly server?: readonly string[]
}

export async function createTodoLab(options: LabOptions = {}): Promise<TodoLab> {
  const { app = APP, server: more = [] } = options
  const place = createPlace()
  const args = ['--app', app, '--demo-sign-in', ...more]
  let server = await place.serve(args)
  const { port } = server
  const browser = await launchBrowser()
  const devices = new Set<{ readonly context: BrowserContext; readonly complaints: readonly string[] }>()
  let names = 0

  return {
    place,
    browser,
    get server() {
      return server
    },
    async stop(signal) {
      await server.stop(signal)
    },
    async start() {
      server = await place.serve([...args, '--port', `${port}`])
    },
    async device({ url = server.url, expected, ...settings } = {}) {
      const context = await browser.context.browser()!.newContext({
        baseURL: url,
        locale: 'en-GB',
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...settings,
      })
      const { complaints } = await watch(context, expected)
      devices.add({ context, complaints })
      return deviceOf(context)
    },
    newName: () => `ada-${(names += 1)}`,
    async end() {
      const all = [...devices]
      devices.clear()
      await Promise.all(all.map(({ context }) => context.close()))
      const complaints = all.flatMap((device) => device.complaints)
      if (complaints.length > 0) throw new Error(complaints.join('\n'))
    },
    async close() {
      await browser.close()
      await place.remove()
    },
  }
}

function deviceOf(context: BrowserContext): Device {
  const open = async (path = '/'): Promise<Window> => {
    const page = await context.newPage()
    await page.goto(path)
    return { page, ...todoPage(page) }
  }
  return {
    context,
    open,
    async signIn(name) {
      const window = await open()
      await enterName(window.page, name)
      await window.entry.waitFor()
      return window
    },
    close: () => context.close(),
  }
}

export async function enterName(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Your name' }).fill(name)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
