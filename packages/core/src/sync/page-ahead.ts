/**
 * The page that follows the one that is being stored, asked for already: a snapshot then takes as long as the slower of
 * network and store, not as both.
 */
import type { CheckedPull } from '../document/check-response.ts'

export interface PageAhead {
  /** Asks for the page behind a cursor. What it answers, or fails with, waits until it is taken. */
  begin(cursor: string, ask: (signal: AbortSignal) => Promise<CheckedPull>): void
  /** The page behind that cursor, where it was asked for; one behind another is stopped. */
  take(cursor: string | null): Promise<CheckedPull> | null
  /** Nobody will take it. */
  stop(): void
}

interface Asked {
  readonly cursor: string
  readonly answer: Promise<CheckedPull>
  readonly controller: AbortController
}

export function createPageAhead(): PageAhead {
  let asked: Asked | null = null
  const stop = (): void => {
    asked?.controller.abort()
    asked = null
  }
  return {
    begin(cursor, ask) {
      stop()
      const controller = new AbortController()
      const answer = ask(controller.signal)
      // It is told to who takes it; who never does is not asked whether it failed.
      answer.catch(() => undefined)
      asked = { cursor, answer, controller }
    },
    take(cursor) {
      if (asked?.cursor !== cursor) {
        stop()
        return null
      }
      const { answer } = asked
      asked = null
      return answer
    },
    stop,
  }
}
