/**
 * Where a client stands in one scope's feed. Pure; the entry `feed:<scope>` holds it, committed with the rows it
 * stands for (W24).
 *
 *   unknown ──first head──▶ snapshot 'first' ──end──▶ following ◀──────────────┐
 *                                                      │  │ new collections    │ sweep
 *                                     CURSOR_EXPIRED,  │  └─▶ snapshot 'collections' ──────┤
 *                                     EPOCH_CHANGED    └────▶ snapshot 'expired' | 'epoch' ┘
 */
import type { Cursor } from '../protocol/identifiers.ts'

export interface Snapshot {
  readonly reason: 'first' | 'expired' | 'epoch' | 'collections'
  /** Null before its first page. */
  readonly cursor: Cursor | null
  readonly collections: readonly string[]
  /** Changes taken so far. */
  readonly done: number
  /** All pages are in; what was not seen is still to be looked at. */
  readonly sweeping?: true
}

export interface FeedState {
  readonly epoch: string
  /** Where the feed is followed from; null until the first snapshot is done. */
  readonly cursor: Cursor | null
  /**
   * The head as it was when the client was new: good for pushing before the first snapshot is done, and, where something
   * was pushed, for following the feed after it (R4).
   */
  readonly start: Cursor
  /** What `cursor` stands for. */
  readonly collections: readonly string[]
  /** Rises with each snapshot but the first. */
  readonly generation: number
  readonly snapshot: Snapshot | null
}

export const FEED_PREFIX = 'feed:'

export function feedEntry(scope: string): string {
  return `${FEED_PREFIX}${scope}`
}

export function parseFeed(value: string | null): FeedState | null {
  return value === null ? null : (JSON.parse(value) as FeedState)
}

/** A new client, once it knows the feed's head. */
export function newFeed(
  head: { readonly cursor: Cursor; readonly epoch: string },
  collections: readonly string[],
): FeedState {
  return {
    epoch: head.epoch,
    cursor: null,
    start: head.cursor,
    collections: [],
    generation: 1,
    snapshot: { reason: 'first', cursor: null, collections, done: 0 },
  }
}

/** The feed with a snapshot of collections it does not cover yet, where there are any; dropped ones are dropped. */
export function withCollections(feed: FeedState, wanted: readonly string[]): FeedState {
  const { snapshot } = feed
  if (snapshot !== null && snapshot.reason !== 'collections') {
    if (sameNames(snapshot.collections, wanted)) return feed
    const generation = snapshot.reason === 'first' ? feed.generation : feed.generation + 1
    return { ...feed, generation, snapshot: { ...restart(snapshot), collections: wanted } }
  }
  const covered = feed.collections.filter((name) => wanted.includes(name))
  const missing = wanted.filter((name) => !covered.includes(name))
  if (missing.length === 0) {
    return sameNames(covered, feed.collections) && snapshot === null
      ? feed
      : { ...feed, collections: covered, snapshot: null }
  }
  if (snapshot !== null && sameNames(snapshot.collections, missing)) return { ...feed, collections: covered }
  return {
    ...feed,
    collections: covered,
    generation: feed.generation + 1,
    snapshot: { reason: 'collections', cursor: null, collections: missing, done: 0 },
  }
}

/** The cursor can no longer be served: everything is looked at anew, under a new generation (R1). */
export function resync(
  feed: FeedState,
  reason: 'expired' | 'epoch',
  collections: readonly string[],
): FeedState {
  const worse = feed.snapshot?.reason === 'epoch' ? 'epoch' : reason
  return {
    ...feed,
    generation: feed.generation + 1,
    snapshot: { reason: worse, cursor: null, collections, done: 0 },
  }
}

function restart(snapshot: Snapshot): Snapshot {
  return { reason: snapshot.reason, cursor: null, collections: snapshot.collections, done: 0 }
}

/** The feed after pages were taken; when a snapshot's last page is in, what comes next. */
export function advanced(
  feed: FeedState,
  pages: {
    readonly cursor: Cursor
    readonly epoch: string
    readonly hasMore: boolean
    readonly count: number
    /** This client may have pushed something already. */
    readonly hasPushed: boolean
  },
): FeedState {
  const { snapshot } = feed
  if (snapshot === null) return { ...feed, cursor: pages.cursor, epoch: pages.epoch }
  const next: Snapshot = { ...snapshot, cursor: pages.cursor, done: snapshot.done + pages.count }
  const moved = { ...feed, epoch: pages.epoch }
  if (pages.hasMore) return { ...moved, snapshot: next }
  switch (snapshot.reason) {
    // What was pushed meanwhile may have been deleted by others since, and a snapshot does not tell of deletes: then the
    // feed is followed from the start. What overlaps is known by its version.
    case 'first': {
      const cursor = pages.hasPushed ? feed.start : pages.cursor
      return { ...moved, cursor, collections: snapshot.collections, snapshot: null }
    }
    // A collection may have been here before: what was deleted while it was gone is not in the snapshot.
    case 'collections':
    case 'expired':
    case 'epoch':
      return { ...moved, snapshot: { ...next, sweeping: true } }
  }
}

/** The feed once what a resync did not show has been dealt with. */
export function swept(feed: FeedState): FeedState {
  const { snapshot } = feed
  if (snapshot === null || !snapshot.sweeping) return feed
  if (snapshot.reason === 'collections') {
    // The old cursor goes on, now for all of them: what overlaps is known by its version.
    return { ...feed, collections: [...feed.collections, ...snapshot.collections], snapshot: null }
  }
  return { ...feed, cursor: snapshot.cursor, collections: snapshot.collections, snapshot: null }
}

/** The cursor to push with; null while a resync forbids new pushes. */
export function pushCursor(feed: FeedState): Cursor | null {
  return isResync(feed) ? null : (feed.cursor ?? feed.start)
}

/** Whether the feed is followed from behind what is pulled now; after a first snapshot, or one of new collections, it may not be. */
export function movesCursor(feed: FeedState): boolean {
  return feed.snapshot === null || isResync(feed)
}

function isResync({ snapshot }: FeedState): boolean {
  return snapshot?.reason === 'expired' || snapshot?.reason === 'epoch'
}

/** The pull that comes next: its cursor and collections. */
export function nextPull(feed: FeedState): {
  readonly cursor: Cursor | null
  readonly collections: readonly string[]
} {
  const { snapshot } = feed
  if (snapshot !== null) return { cursor: snapshot.cursor, collections: snapshot.collections }
  return { cursor: feed.cursor, collections: feed.collections }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
