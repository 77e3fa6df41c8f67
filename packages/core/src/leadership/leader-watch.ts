/** Watches over a leader by a timer: asks it, and takes its place where it does not answer. */
import type { Scheduler } from '../ports/scheduler.ts'
import { HEARD, NEW_WATCH, TICK_MS, watchTick } from './watch-state.ts'

export interface LeaderWatch {
  /** The leader gave a sign of life. */
  heard(): void
  stop(): void
}

export interface LeaderWatchOptions {
  readonly scheduler: Scheduler
  /** Between ticks until the leader is heard of for the first time; TICK_MS when left out. */
  readonly firstMs?: number
  /** Called at once, and later where nothing is heard. */
  ask(): void
  take(): void
}

export function watchLeader(options: LeaderWatchOptions): LeaderWatch {
  const { scheduler, firstMs = TICK_MS } = options
  let watch = NEW_WATCH
  let everyMs = firstMs
  let cancel = (): void => undefined

  const tick = (): void => {
    const step = watchTick(watch)
    watch = step.watch
    cancel = scheduler.after(everyMs, tick)
    if (step.act === 'ask') options.ask()
    else if (step.act === 'take') options.take()
  }
  tick()

  return {
    heard() {
      watch = HEARD
      everyMs = TICK_MS
    },
    stop: () => cancel(),
  }
}
