/** The requests that were begun and are not answered yet. */
export interface InFlight {
  /** One more has begun. The returned function says that it is over; calling that again does nothing. */
  begin(): () => void
  /** Resolves as soon as none is left. */
  settled(): Promise<void>
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
    settled: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  }
}
