/** The requests that were begun and are not answered yet. */
import type { Timers } from '../realtime-deps.ts'

export interface InFlight {
  /** One more has begun. The returned function says that it is over; calling that again does nothing. */
  begin(): () => void
  /** Resolves as soon as none is left, and at the latest after so long: some never take their answer. */
  settled(timers: Timers, withinMs: number): Promise<void>
}

export function createInFlight(): InFlight {
  let count = 0
  let waiting: (() => void)[] = []
  return {
    begin() {
      let over = false
      count += 1
      return () => {
        if (over) return
        over = true
        count -= 1
        if (count > 0) return
        for (const resolve of waiting) resolve()
        waiting = []
      }
    },
    async settled(timers, withinMs) {
      if (count === 0) return
      await new Promise<void>((resolve) => {
        const cancel = timers.after(withinMs, resolve)
        waiting.push(() => {
          cancel()
          resolve()
        })
      })
    },
  }
}
