/** Time that passes only when told to: a clock and timers for tests that must not wait and must not vary. */
import type { Clock } from '../ports/clock.ts'
import type { Scheduler } from '../ports/scheduler.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

export interface VirtualTime {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Lets everything that is due now, and all promises, come to rest. */
  settle(): Promise<void>
  /** Lets so much time pass, timer by timer, each with all its promises before the next. */
  advance(ms: number): Promise<void>
  /** Lets time pass until `condition` holds; gives up, with false, after `maxMs`. */
  until(condition: () => boolean, maxMs: number): Promise<boolean>
  /** How many timers are set. */
  readonly timers: number
}

/**
 * Creates a time that stands still at `start`, in milliseconds since 1970.
 *
 * @param rest when promises count as seen to: after a round of the event loop, or, which is quicker, after the next tick. That
 * one is for what waits for promises alone, not for files or modules.
 */
export function createVirtualTime(
  start = 1_700_000_000_000,
  rest: 'event loop' | 'tick' = 'event loop',
): VirtualTime {
  let now = start
  let orders = 0
  const timers = new Set<Timer>()
  const drainPromises = DRAINS[rest]

  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.at > until) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }

  const step = async (until: number): Promise<boolean> => {
    const timer = next(until)
    if (timer === undefined) return false
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.task()
    await drainPromises()
    return true
  }

  return {
    clock: { now: () => now },
    scheduler: {
      after(delayMs, task) {
        const timer: Timer = { at: now + Math.max(0, delayMs), order: orders++, task }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    async settle() {
      await drainPromises()
      while (await step(now));
    },
    async advance(ms) {
      const until = now + ms
      await drainPromises()
      while (await step(until));
      now = until
    },
    async until(condition, maxMs) {
      const until = now + maxMs
      await drainPromises()
      while (!condition()) if (!(await step(until))) return condition()
      return true
    },
    get timers() {
      return timers.size
    },
  }
}

/** Each resolves after every promise that is ready has been seen to, and those that became ready by it. */
const DRAINS = {
  'event loop': (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  // By way of a promise: a tick asked for outside of one comes before all promises.
  tick: (): Promise<void> =>
    Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve))),
} as const
