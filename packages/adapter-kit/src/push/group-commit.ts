/**
 * Group commit: pushes of one scope that arrive while another is being committed wait for it, and then share a transaction.
 * A flush to disk and a handful of round trips are paid once for all of them, so throughput grows with load
 * (DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984).
 */
import { SyncError } from '@synclayer/core/adapter'
import { throwIfAborted } from '../throw-if-aborted.ts'

export interface GroupCommitOptions<Work, Result> {
  /** Commits the works together and answers each, in order. Rejects where nothing is known of any of them. */
  readonly commit: (scope: string, works: readonly Work[]) => Promise<readonly Result[]>
  /** How much a work adds to a transaction. */
  readonly sizeOf: (work: Work) => number
  /** A transaction takes works up to this size together; a larger one goes alone. */
  readonly most: number
  /**
   * Awaited before a transaction for which little waits, so that what arrives at the same moment can share it: after a quiet
   * time, and from those who were just answered and push again at once.
   */
  readonly gather?: () => Promise<void>
  /**
   * Takes what answers the works of a transaction while others wait, and calls it soon; it is called at once when left out. What
   * callers do with an answer keeps this process busy: a database elsewhere is better given the next transaction first.
   */
  readonly answerLater?: (answer: () => void) => void
}

export interface GroupCommit<Work, Result> {
  /** Resolves once committed. A work whose signal aborts while it waits is taken out, and rejects with ABORTED. */
  add(scope: string, work: Work, signal: AbortSignal): Promise<Result>
}

interface Waiting<Work, Result> {
  readonly work: Work
  readonly signal: AbortSignal
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

// Where so much of a transaction waits, others may as well arrive while it is committed.
const SHORT = 1 / 10

export function createGroupCommit<Work, Result>({
  commit,
  sizeOf,
  most,
  gather,
  answerLater = (answer) => answer(),
}: GroupCommitOptions<Work, Result>): GroupCommit<Work, Result> {
  // A scope is a key here for as long as one of its transactions is under way.
  const lines = new Map<string, Waiting<Work, Result>[]>()

  const isShort = (line: readonly Waiting<Work, Result>[]): boolean =>
    line.reduce((size, { work }) => size + sizeOf(work), 0) < most * SHORT
  const takeNext = (line: Waiting<Work, Result>[]): Waiting<Work, Result>[] => {
    const taken: Waiting<Work, Result>[] = []
    let size = 0
    for (const waiting of line) {
      const more = sizeOf(waiting.work)
      if (taken.length > 0 && size + more > most) break
      taken.push(waiting)
      size += more
    }
    line.splice(0, taken.length)
    return taken.filter(({ signal, reject }) => {
      try {
        throwIfAborted(signal)
        return true
      } catch (error) {
        reject(error)
        return false
      }
    })
  }
  /** Resolves to what tells the callers. */
  const commitTaken = async (scope: string, taken: readonly Waiting<Work, Result>[]): Promise<() => void> => {
    try {
      const results = await commit(
        scope,
        taken.map(({ work }) => work),
      )
      return () =>
        taken.forEach(({ resolve, reject }, index) => {
          const result = results[index]
          if (result === undefined) reject(unanswered())
          else resolve(result)
        })
    } catch (error) {
      return () => {
        for (const { reject } of taken) reject(error)
      }
    }
  }
  const run = async (scope: string, line: Waiting<Work, Result>[]): Promise<void> => {
    while (line.length > 0) {
      if (gather !== undefined && isShort(line)) await gather()
      const taken = takeNext(line)
      if (taken.length === 0) continue
      const answer = await commitTaken(scope, taken)
      if (line.length === 0) answer()
      else answerLater(answer)
    }
    lines.delete(scope)
  }

  return {
    add: async (scope, work, signal) => {
      throwIfAborted(signal)
      return new Promise<Result>((resolve, reject) => {
        const waiting = { work, signal, resolve, reject }
        const line = lines.get(scope)
        if (line !== undefined) {
          line.push(waiting)
          return
        }
        const begun = [waiting]
        lines.set(scope, begun)
        void run(scope, begun)
      })
    },
  }
}

function unanswered(): SyncError {
  return new SyncError('BACKEND_FAILED', 'The commit gave no answer for this push')
}
