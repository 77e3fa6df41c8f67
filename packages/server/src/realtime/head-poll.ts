/**
 * Looks at the head of a scope's feed now and then: for adapters that tell of nothing, and while one that does is cut
 * off. One small request, however many follow the scope; while nothing happens the pauses grow.
 */
import type { Cursor } from '@synclayer/core/adapter'
import { callAdapter } from '../operations/adapter-call.ts'
import type { RealtimeDeps } from '../realtime-deps.ts'

export interface HeadPoll {
  /** Begins, where it has not yet. Resolves once the head is known: from there on, what changes is noticed. */
  start(): Promise<void>
  stop(): void
}

const SHORTEST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 16_000

/** Creates a poll that stands still. `onChange` is called for every head that differs from the one before. */
export function createHeadPoll(
  deps: Pick<RealtimeDeps, 'adapter' | 'timers' | 'limits'>,
  scope: string,
  onChange: () => void,
): HeadPoll {
  const { adapter, timers } = deps
  let runs = 0
  let begun: Promise<void> | undefined
  let cancel = (): void => undefined

  const readHead = async (): Promise<Cursor> => {
    const request = { scope, collections: [], cursor: null, limit: 0 }
    const { cursor } = await callAdapter(deps, (signal) => adapter.pull(request, signal))
    return cursor
  }
  const begin = async (run: number): Promise<void> => {
    const head = await readHead()
    if (run !== runs) return
    // Nobody has looked at what was before this head, where others followed already.
    onChange()
    schedule(run, head, SHORTEST_PAUSE_MS)
  }
  const schedule = (run: number, head: Cursor, pauseMs: number): void => {
    cancel = timers.after(pauseMs, () => void look(run, head, pauseMs))
  }
  const look = async (run: number, head: Cursor, pauseMs: number): Promise<void> => {
    // A head that cannot be read is not known to have changed.
    const found = await readHead().catch(() => head)
    if (run !== runs) return
    if (found !== head) onChange()
    schedule(run, found, found === head ? Math.min(LONGEST_PAUSE_MS, pauseMs * 2) : SHORTEST_PAUSE_MS)
  }

  return {
    start() {
      const run = runs
      begun ??= begin(run).catch((error: unknown) => {
        if (run === runs) begun = undefined
        throw error
      })
      return begun
    },
    stop() {
      runs += 1
      begun = undefined
      cancel()
    },
  }
}
