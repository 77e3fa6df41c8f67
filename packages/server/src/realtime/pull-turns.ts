/** So many pulls at a time and no more, whatever the number of places to read from: the others wait their turn. */
export interface PullTurns {
  /** Runs the task at once where there is a turn, else as soon as there is one. */
  take<Result>(task: () => Promise<Result>): Promise<Result>
}

export function createPullTurns(most: number): PullTurns {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async take(task) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await task()
      } finally {
        // A turn goes straight to the next in line, so that nobody comes in between.
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
