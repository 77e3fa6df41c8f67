/** The page's side: `import { expose } from '@synclayer/browser-lab/page'`. Runs in the browser. */
import { type CarriedError, EXPOSED, type Exposed, type Outcome } from './exposed.ts'

/** Offers functions to the test, which calls them by `callsTo`. */
export function expose<Functions extends Exposed<Extract<keyof Functions, string>>>(
  functions: Functions,
): void {
  const call = async (name: string, args: readonly never[]): Promise<Outcome> => {
    try {
      return { value: await (functions as Exposed)[name]!(...args) }
    } catch (error) {
      return { error: carry(error) }
    }
  }
  Object.assign(globalThis, { [EXPOSED]: call })
  globalThis.dispatchEvent(new Event(EXPOSED))
}

function carry(error: unknown): CarriedError {
  if (!(error instanceof Error)) return carry(new Error(String(error)))
  const { code, retryable, details } = error as { code?: unknown; retryable?: unknown; details?: unknown }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? '',
    code,
    retryable,
    // What cannot be carried must not hide the error itself.
    details: details === undefined ? undefined : JSON.parse(JSON.stringify(details)),
  }
}
