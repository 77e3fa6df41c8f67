/** Which requests are answered from what was kept: those for the app itself, and no others. */

/** The page, whatever its address says beside the path. */
const SHELL = '/'

interface Asked {
  readonly method: string
  readonly url: string
  /** `navigate`: a page is opened. */
  readonly mode: string
}

/** The kept path that answers the request; null: it is none of the worker's business, above all everything that is synced. */
export function keptPath(asked: Asked, origin: string, kept: ReadonlySet<string>): string | null {
  const url = new URL(asked.url)
  if (asked.method !== 'GET' || url.origin !== origin) return null
  if (asked.mode === 'navigate') return url.pathname === SHELL ? SHELL : null
  return kept.has(url.pathname) ? url.pathname : null
}
