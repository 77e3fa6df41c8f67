/** What one process knows of the scopes it works with: how far it has seen them, and the mark it writes under. */
import type { FeedState } from './standing.ts'

/** A mark of this process. */
export interface WriteMark {
  readonly name: string
  /** In milliseconds since 1970. */
  readonly madeAt: number
}

/** A feed as this process has seen it. */
export type Seen = Pick<FeedState, 'epoch' | 'head'>

/** True where the feed lies behind what was seen of the same epoch: it was rewound in place, so the epoch has to end. */
export function isRewound(feed: FeedState, seen: Seen | undefined): boolean {
  return seen !== undefined && seen.epoch === feed.epoch && seen.head > feed.head
}

export interface FeedMemory {
  /** How far the scope was seen. To be asked before a feed is read that is then compared with it. */
  seen(scope: string): Seen | undefined
  /** The mark this process writes under; undefined where one is due: at its first write to the scope, and hourly. */
  mark(scope: string, now: number): WriteMark | undefined
  /** Remembers what was read or, with the mark it was written under, committed. */
  note(scope: string, feed: Seen, mark?: WriteMark): void
  forget(scope: string): void
  /** From now on a mark is due for every scope, as after a connection broke: the server may be another one. */
  dropMarks(): void
}

const MARK_EVERY_MS = 3_600_000
// Beyond, the scope that was longest not noted goes.
const REMEMBERED_SCOPES = 10_000

interface Memory {
  readonly epoch: string
  readonly head: number
  readonly mark: WriteMark | undefined
}

export function createFeedMemory(): FeedMemory {
  const memories = new Map<string, Memory>()
  return {
    seen: (scope) => memories.get(scope),
    mark: (scope, now) => {
      const mark = memories.get(scope)?.mark
      const age = mark === undefined ? MARK_EVERY_MS : now - mark.madeAt
      return age < 0 || age >= MARK_EVERY_MS ? undefined : mark
    },
    note: (scope, { epoch, head }, mark) => {
      const before = memories.get(scope)
      memories.delete(scope)
      // What is read may be older than what this process has committed meanwhile.
      const seen = before?.epoch === epoch ? Math.max(before.head, head) : head
      memories.set(scope, { epoch, head: seen, mark: mark ?? before?.mark })
      if (memories.size <= REMEMBERED_SCOPES) return
      const [oldest] = memories.keys()
      if (oldest !== undefined) memories.delete(oldest)
    },
    forget: (scope) => void memories.delete(scope),
    dropMarks: () => {
      for (const [scope, { epoch, head }] of memories) memories.set(scope, { epoch, head, mark: undefined })
    },
  }
}
