/** What other processes commit to the store means here: it is counted, sent on by the one that leads, and shown. */
import { isSyncError, toSyncError } from '../errors/sync-error.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json } from '../shared/json.ts'
import { type FeedState, feedEntry, parseFeed } from './feed-state.ts'
import type { ScopeRuntimes } from './scope-runtimes.ts'
import type { EngineDeps } from './sync-deps.ts'

export interface ForeignCommits {
  /** `records`: some may have changed; else only entries did. What comes while it looks is looked at once more. */
  told(records: boolean): void
  close(): void
}

export interface ForeignCommitsOptions {
  readonly deps: EngineDeps
  readonly runtimes: ScopeRuntimes
  readonly scopes: () => readonly string[]
  readonly leads: () => boolean
  /** Counts the outbox. */
  readonly count: () => Promise<void>
  /** Another process left something in the scope that is to be sent from here. */
  readonly onWaiting: (scope: string) => void
  /** Another process moved a feed on. */
  readonly onFeed: () => void
}

/** So long after it was seen, what another process is sending is sent from here too. */
const OVERDUE_MS = 5_000

export function createForeignCommits(options: ForeignCommitsOptions): ForeignCommits {
  const { deps, runtimes, scopes, leads, onWaiting, onFeed } = options
  const { store, report, scheduler } = deps
  let looking = false
  let toLookAt: 'nothing' | 'entries' | 'records' = 'nothing'
  let cancelOverdue: (() => void) | null = null

  const lookAtOutbox = async (): Promise<void> => {
    await options.count()
    for (const scope of leads() ? scopes() : []) {
      const { waiting, sending } = await store.storage.outboxSize(scope)
      if (waiting > 0) onWaiting(scope)
      else if (sending > 0) noteSending()
    }
  }

  /** Whoever sends it will most likely be answered; if not, it is to be sent from here. */
  const noteSending = (): void => {
    cancelOverdue ??= scheduler.after(OVERDUE_MS, () => {
      cancelOverdue = null
      void lookAtOverdue().catch(failed)
    })
  }

  const lookAtOverdue = async (): Promise<void> => {
    for (const scope of leads() ? scopes() : []) {
      const { sending } = await store.storage.outboxSize(scope)
      if (sending > 0) onWaiting(scope)
    }
  }

  const failed = (error: unknown): void => {
    if (isSyncError(error, 'CLOSED')) return
    const why = "Another process's commit could not be seen"
    report('error', { error: toSyncError(error, 'STORAGE_FAILED', why) })
  }

  const lookAtFeeds = async (): Promise<void> => {
    let moved = false
    for (const scope of scopes()) {
      const stored = parseFeed((await store.entry(feedEntry(scope)))?.value ?? null)
      const runtime = runtimes.of(scope)
      // A round knows better.
      if (runtime.running !== null || isSame(stored, runtime.feed)) continue
      runtime.feed = stored
      moved = true
    }
    if (moved) onFeed()
  }

  const look = async (): Promise<void> => {
    looking = true
    try {
      while (toLookAt !== 'nothing') {
        const records = toLookAt === 'records'
        toLookAt = 'nothing'
        if (records) await lookAtOutbox()
        await lookAtFeeds()
      }
    } catch (error) {
      failed(error)
    } finally {
      looking = false
    }
  }

  return {
    told(records) {
      if (records) toLookAt = 'records'
      else if (toLookAt === 'nothing') toLookAt = 'entries'
      if (!looking) void look()
    },
    close: () => cancelOverdue?.(),
  }
}

function isSame(a: FeedState | null, b: FeedState | null): boolean {
  return deepEqual(a as unknown as Json, b as unknown as Json)
}
