/** One round of one scope: pull to the head and push all that may be sent, in turns, until there is no more. */
import { isSyncError, SyncError, toSyncError } from '../errors/sync-error.ts'
import {
  type FeedState,
  feedEntry,
  newFeed,
  parseFeed,
  pushCursor,
  resync,
  withCollections,
} from './feed-state.ts'
import { acknowledgedEntry, confirmAcknowledged } from './acknowledged.ts'
import { moveFeed, openedFeed } from './move-feed.ts'
import { pullHead, type PullMode, pullRound } from './pull.ts'
import { type BatchLimit, type PushAttempt, pushBatch, type PushResultOfBatch } from './push.ts'
import type { ScopeSession } from './scope-session.ts'
import { fetchAside } from './set-aside.ts'
import { sweep } from './sweep.ts'
import type { Wants } from './sync-state.ts'

export interface RoundOptions {
  readonly wants: Wants
  /** Records that back off are sent all the same: the app asked for it. */
  readonly ignoreBackoff: boolean
  readonly limit: BatchLimit
  /** Something was saved since the round began. */
  readonly pushWanted: () => boolean
  /** Stops between two steps. */
  readonly stopped: () => boolean
  /** Told of each state of the feed. */
  readonly onFeed: (feed: FeedState, remaining: number | null) => void
}

export interface RoundResult {
  /** The first error; what could be done in spite of it was done (W19). */
  readonly error: SyncError | null
  /** The error was one record's own: that backs off, the scope need not. */
  readonly recordOnly: boolean
  readonly nextRetry: number | null
}

/** A backend that asks for a resync again and again within one round is not believed. */
const MOST_RESYNCS = 2

/** Batches in a row of which nothing was accepted: others are quicker every time, or the backend is at odds with itself. */
const MOST_FRUITLESS = 50

function contended(session: ScopeSession): SyncError {
  const why = `The backend accepted nothing of ${MOST_FRUITLESS} batches in a row. It will be tried again later.`
  return new SyncError('BACKEND_FAILED', why, { details: { scope: session.scope } })
}

export async function runRound(session: ScopeSession, options: RoundOptions): Promise<RoundResult> {
  let feed: FeedState
  try {
    feed = await openFeed(session, options)
  } catch (error) {
    const failure = toSyncError(error, 'BACKEND_FAILED', 'The scope could not be opened')
    return { error: failure, recordOnly: false, nextRetry: null }
  }
  let push: Leg = options.wants.push ? { open: true, error: null } : CLOSED
  let pull: Leg =
    options.wants.pull !== false || feed.snapshot !== null ? { open: true, error: null } : CLOSED
  // Pages that came along with wake-ups will do.
  let told = options.wants.pull === 'told'
  let nextRetry: number | null = null
  const attempt: PushAttempt = { ignoreBackoff: options.ignoreBackoff, tried: new Set(), renewals: 0 }
  let alone: SyncError | null = null
  let resyncs = 0
  let fruitless = 0
  while ((push.open || pull.open) && !options.stopped()) {
    if (pull.open) {
      const result = await pullLeg(session, feed, options, { told, ahead: !push.open })
      feed = result.feed
      pull = result.leg
      // A first sync may take long: what is saved meanwhile does not wait for its end.
      const mayPush = !push.open && push.error === null && feed.snapshot !== null && pull.open
      if (mayPush && options.pushWanted()) push = { open: true, error: null }
    }
    // A push and a pull of one scope do not overlap (W20).
    if (push.open) session.ahead.stop()
    if (push.open && pushCursor(feed) === null) {
      // A resync forbids pushing until it is done.
      if (!pull.open) push = CLOSED
    } else if (push.open && !options.stopped()) {
      const before = session.counts.pushed
      const result = await pushLeg(session, feed, options, attempt)
      push = result.leg
      fruitless = session.counts.pushed > before ? 0 : fruitless + 1
      if (push.open && fruitless >= MOST_FRUITLESS) push = { open: false, error: contended(session) }
      nextRetry = result.nextRetry
      // When a second one fails alone as well, it is not the records.
      if (result.alone !== null && alone !== null) push = { open: false, error: result.alone }
      alone ??= result.alone
      // What others wrote in one transaction is not left half shown until something else brings the next pull.
      if (result.behind && pull.error === null) {
        told = false
        pull = { open: true, error: null }
      }
      if (result.resync !== null && pull.error === null) {
        resyncs += 1
        if (resyncs > MOST_RESYNCS) {
          const why = 'The backend keeps refusing the cursor it gave. It will be asked again later.'
          push = {
            open: false,
            error: new SyncError(result.resync, why, { details: { scope: session.scope } }),
          }
          continue
        }
        feed = await startResync(session, feed, result.resync)
        pull = { open: true, error: null }
        push = { open: true, error: null }
      }
    }
  }
  session.ahead.stop()
  if (pull.error === null && push.error === null && !options.stopped())
    pull = await asideLeg(session, feed, pull)
  const error = pull.error ?? push.error
  return { error: error ?? alone, recordOnly: error === null && alone !== null, nextRetry }
}

/** One direction of a round: open while it has more to do. */
interface Leg {
  readonly open: boolean
  readonly error: SyncError | null
}

const CLOSED: Leg = { open: false, error: null }

async function openFeed(session: ScopeSession, options: RoundOptions): Promise<FeedState> {
  const { store, collections } = session.deps
  const wanted = [...collections.keys()]
  const stored = parseFeed((await store.entry(feedEntry(session.scope)))?.value ?? null)
  const fresh = stored === null ? newFeed(await pullHead(session, wanted), wanted) : null
  const current =
    stored !== null && withCollections(stored, wanted) === stored
      ? stored
      : await openedFeed(session, fresh, wanted)
  options.onFeed(current, null)
  return current
}

async function pullLeg(
  session: ScopeSession,
  feed: FeedState,
  options: RoundOptions,
  how: PullMode,
): Promise<{ readonly feed: FeedState; readonly leg: Leg }> {
  try {
    if (feed.snapshot?.sweeping) {
      // Before anything is taken for deleted: behind a purge, a restore may be hidden.
      if (feed.snapshot.reason === 'expired') await confirmAcknowledged(session, true)
      const next = await sweep(session, feed)
      options.onFeed(next, null)
      // After a snapshot of new collections the feed itself goes on.
      return {
        feed: next,
        leg: feed.snapshot.reason === 'collections' ? { open: true, error: null } : CLOSED,
      }
    }
    const pulled = await pullRound(session, feed, how)
    const { feed: next, hasMore, remaining } = pulled
    options.onFeed(next, remaining)
    // After a snapshot comes the sweep.
    const more = hasMore || next.snapshot !== null
    // Only the backend's own answer tells where the feed ends.
    if (!more && !pulled.told) await confirmAcknowledged(session)
    return { feed: next, leg: { open: more, error: null } }
  } catch (error) {
    const failure = toSyncError(error, 'BACKEND_FAILED', 'The pull failed')
    if (failure.code !== 'CURSOR_EXPIRED' && failure.code !== 'EPOCH_CHANGED') {
      return { feed, leg: { open: false, error: failure } }
    }
    const next = await startResync(session, feed, failure.code)
    options.onFeed(next, null)
    // A backend that refuses the cursor it gave a moment ago is asked again later, not at once.
    const again = feed.snapshot === null || feed.snapshot.cursor !== null
    return { feed: next, leg: again ? { open: true, error: null } : { open: false, error: failure } }
  }
}

async function pushLeg(
  session: ScopeSession,
  feed: FeedState,
  options: RoundOptions,
  attempt: PushAttempt,
): Promise<Omit<PushResultOfBatch, 'more'> & { readonly leg: Leg }> {
  try {
    const { more, ...result } = await pushBatch(session, feed, options.limit, attempt)
    return { ...result, leg: { open: more, error: null } }
  } catch (error) {
    const failure = toSyncError(error, 'BACKEND_FAILED', 'The push failed')
    const behind = failure.code === 'CURSOR_EXPIRED' || failure.code === 'EPOCH_CHANGED' ? failure.code : null
    const leg = { open: false, error: behind === null ? failure : null }
    return { leg, nextRetry: null, resync: behind, behind: false, alone: null }
  }
}

async function asideLeg(session: ScopeSession, feed: FeedState, pull: Leg): Promise<Leg> {
  try {
    await fetchAside(session, feed.generation)
    return pull
  } catch (error) {
    if (!isSyncError(error)) throw error
    // What is set aside is fetched again with the next round; it must not fail this one.
    session.deps.logger.log('warning', 'Records that were set aside could not be fetched yet.', {
      code: error.code,
    })
    return pull
  }
}

async function startResync(
  session: ScopeSession,
  feed: FeedState,
  code: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED',
): Promise<FeedState> {
  const reason = code === 'EPOCH_CHANGED' ? 'epoch' : 'expired'
  session.deps.logger.log('info', 'The feed can no longer be followed from here; it is read anew.', {
    scope: session.scope,
    reason,
  })
  // What the snapshot does not show is dealt with at its end.
  return moveFeed(
    session,
    (now) => {
      // Another process on this store may have begun it already.
      if (now.generation !== feed.generation) return now
      return resync(now, reason, [...session.deps.collections.keys()])
    },
    // What was acknowledged before may give a restore away still.
    reason === 'epoch' ? [acknowledgedEntry(session.scope)] : [],
  )
}
