/** The test's side of `expose`. */
import type { Page } from 'playwright-core'
import { EXPOSED, type Exposed, type Outcome } from './exposed.ts'

/** The page's functions as the test calls them. */
export type Calls<Functions extends Exposed<Extract<keyof Functions, string>>> = {
  readonly [Name in keyof Functions]: (
    ...args: Parameters<Functions[Name]>
  ) => Promise<Awaited<ReturnType<Functions[Name]>>>
}

/**
 * Calls the functions that a page exposes, as soon as it has. What a function throws is thrown here, with its name, code,
 * `retryable` and details, so that `isSyncError` knows it.
 */
export function callsTo<Functions extends Exposed<Extract<keyof Functions, string>>>(
  page: Page,
): Calls<Functions> {
  return new Proxy({} as Calls<Functions>, {
    get(_target, name) {
      // What has a `then` would be taken for a promise.
      if (name === 'then') return undefined
      return (...args: readonly unknown[]): Promise<unknown> => call(page, String(name), args)
    },
  })
}

async function call(page: Page, name: string, args: readonly unknown[]): Promise<unknown> {
  const outcome = await page.evaluate(
    async ([exposed, called, given]) => {
      type Exposing = (name: string, args: readonly unknown[]) => Promise<Outcome>
      const scope = globalThis as unknown as Record<string, Exposing | undefined>
      if (scope[exposed] === undefined) {
        await new Promise((resolve) => globalThis.addEventListener(exposed, resolve, { once: true }))
      }
      return scope[exposed]!(called, given)
    },
    [EXPOSED, name, args] as const,
  )
  if ('value' in outcome) return outcome.value
  if (!('error' in outcome)) return undefined
  const { message, stack, ...facts } = outcome.error
  const error = Object.assign(new Error(message), facts)
  error.stack = `${stack}\n    (in the page)`
  throw error
}
