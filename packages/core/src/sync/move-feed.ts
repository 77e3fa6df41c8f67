/** Moves on where this store stands in a feed: from where it stands now, for other processes on it move it too (W29). */
import { SyncError } from '../errors/sync-error.ts'
import { type FeedState, feedEntry, parseFeed, withCollections } from './feed-state.ts'
import { noteOpened, OPENED_ENTRIES } from './leaving-scopes.ts'
import type { ScopeSession } from './scope-session.ts'

/**
 * Stores the feed, `fresh` where there is none, with the collections the app has now; gives that. Another process on this
 * store may have opened it meanwhile.
 */
export function openedFeed(
  session: ScopeSession,
  fresh: FeedState | null,
  collections: readonly string[],
): Promise<FeedState> {
  const name = feedEntry(session.scope)
  return session.deps.store.submit({
    origin: 'internal',
    keys: [],
    entries: [name, ...OPENED_ENTRIES],
    run: (workspace) => {
      const stored = parseFeed(workspace.entry(name))
      const opened = withCollections(stored ?? stillOpen(fresh), collections)
      if (stored === null) noteOpened(workspace, session.scope)
      if (opened !== stored) workspace.setEntry(name, JSON.stringify(opened))
      return opened
    },
  })
}

/**
 * Stores what `move` makes of the feed as it is stored now; gives that. Where it is the very same, nothing is written.
 * `forgotten` are entries that go where it moves. ABORTED where the feed was forgotten.
 */
export function moveFeed(
  session: ScopeSession,
  move: (stored: FeedState) => FeedState,
  forgotten: readonly string[] = [],
): Promise<FeedState> {
  const name = feedEntry(session.scope)
  return session.deps.store.submit({
    origin: 'internal',
    keys: [],
    entries: [name, ...forgotten],
    run: (workspace) => {
      const stored = stillOpen(parseFeed(workspace.entry(name)))
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
