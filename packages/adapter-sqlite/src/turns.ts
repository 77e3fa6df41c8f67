/**
 * SQLite answers at once, so calls awaited one after the other would never let timers, sockets and signals of the process
 * have their turn: promises come before them. After a while of work without one, a call waits for it.
 */
export interface Turns {
  /** What to wait for; undefined where other work had its turn not long ago. */
  due(): Promise<void> | undefined
}

/**
 * Less than a store of the same process works without a turn: a pull takes it before it has read its page, when there is
 * least that garbage collection, which comes with the turn, would have to keep.
 */
const LONGEST_MS = 3

// As it was when this was loaded: a test's fake timers must not hold up the database.
const afterOthers = setImmediate

export function createTurns(): Turns {
  let turn: Promise<void> | null = null
  let begunAt = 0
  return {
    due() {
      if (turn !== null) return performance.now() - begunAt < LONGEST_MS ? undefined : turn
      begunAt = performance.now()
      turn = new Promise((resolve) => {
        afterOthers(() => {
          turn = null
          resolve()
        })
      })
      return undefined
    },
  }
}
