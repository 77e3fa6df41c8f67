/** Moves on where this store stands in a feed: from where it stands now, for other processes on it move it too (W29). */
import { SyncError } from '../errors/sync-error.ts'
import { type FeedState, feedEntry, parseFeed } from './feed-state.ts'
import type { ScopeSession } from './scope-session.ts'

/**
 * Stores what `move` makes of the feed as it is stored now, null where it never was opened; gives that. Where it is the
 * very same, nothing is written. `forgotten` are entries that go where it moves.
 */
export function moveFeed(
  session: ScopeSession,
  move: (stored: FeedState | null) => FeedState,
  forgotten: readonly string[] = [],
): Promise<FeedState> {
  const name = feedEntry(session.scope)
  return session.deps.store.submit({
    origin: 'internal',
    keys: [],
    entries: [name, ...forgotten],
    run: (workspace) => {
      const stored = parseFeed(workspace.entry(name))
      const moved = move(stored)
      if (moved === stored) return moved
      workspace.setEntry(name, JSON.stringify(moved))
      for (const other of forgotten) workspace.setEntry(other, null)
      return moved
    },
  })
}

/** ABORTED where another process on this store has forgotten the scope meanwhile. */
export function stillOpen(stored: FeedState | null): FeedState {
  if (stored === null) throw new SyncError('ABORTED', 'Another process forgot this scope meanwhile.')
  return stored
}
