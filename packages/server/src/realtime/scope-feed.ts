/**
 * One scope that somebody follows. A change wakes every place; each is read on from by one pull, whose page goes to
 * all who are there and have room for it. They go on together from where it leads.
 *
 *   seat:  entered ──▶ live, at a place ──(page)──▶ at the next place ──▶ …
 *                          └──(more than a page, or no cursor to go on from)──▶ without a place: woken by each change
 *
 * Nothing is kept for who has no room: the seat stays at its place and reads on from there later.
 */
import { type Cursor, type PullCollection, type PullResponse, type SyncError } from '@synclayer/core/adapter'
import { callAdapter } from '../operations/adapter-call.ts'
import { backendError } from '../operations/backend-error.ts'
import type { Follower } from './follower.ts'
import { growingWaitMs } from './growing-wait.ts'
import { createPage } from './page.ts'
import { createPlaces, type Place, type Seat } from './places.ts'
import type { PullTurns } from './pull-turns.ts'
import { createScopeSource, type SourceDeps } from './scope-source.ts'

export interface ScopeFeed {
  /** What happens from the cursor on is told to the follower, once it was told that it is subscribed. */
  follow(collections: readonly PullCollection[], cursor: Cursor | null, follower: Follower): Following
  /** The scope has changed. */
  wake(): void
  close(): Promise<void>
}

export interface Following {
  /** There is room again for what could not be told. */
  resume(): void
  close(): void
}

export interface FeedDeps extends SourceDeps {
  /** Pulls of all scopes take their turns here. */
  readonly turns: PullTurns
  /** So many are told in one turn; then other work of the process has its own. */
  readonly toldAtOnce: number
}

/** As many changes as a page holds where they are small. */
const MOST_CHANGES = 1_000

const RETRY = { baseMs: 500, mostMs: 30_000 }

/** Creates the feed of a scope; `onEmpty` is called when the last follower has left. */
export function createScopeFeed(deps: FeedDeps, scope: string, onEmpty: () => void): ScopeFeed {
  const { adapter, limits, logger, random, timers, toldAtOnce, turns } = deps
  const places = createPlaces()
  const limit = Math.min(MOST_CHANGES, limits.pageChanges)

  const wake = (): void => {
    for (const seat of places.seats) if (seat.live && seat.place === undefined) tellWake(seat)
    for (const place of places.all()) readOn(place)
  }
  const tellWake = (seat: Seat): void => {
    seat.owed = !seat.follower.wake()
  }
  const losePlace = (seat: Seat): void => {
    places.unseat(seat)
    tellWake(seat)
  }

  const readOn = (place: Place): void => {
    if (place.pulling) {
      place.again = true
      return
    }
    if (place.cancelRetry !== undefined || !hasTakers(place)) return
    place.pulling = true
    place.again = false
    void read(place)
  }
  /** What cannot be taken by anyone is not read. */
  const hasTakers = ({ seats }: Place): boolean => {
    let found = false
    for (const seat of seats) {
      if (seat.follower.hasRoom()) found = true
      else seat.owed = true
    }
    return found
  }
  const read = async (place: Place): Promise<void> => {
    const { cursor, lens } = place
    const request = { scope, collections: lens.collections, cursor, limit }
    let next: Place | undefined
    try {
      const response = await turns.take(() => callAdapter(deps, (signal) => adapter.pull(request, signal)))
      place.failures = 0
      next = await tell(place, response)
    } catch (error) {
      failed(place, backendError(error))
    }
    place.pulling = false
    if (!place.again) return
    place.again = false
    readOn(place)
    if (next !== undefined) readOn(next)
  }
  /** Where those who were told go on. */
  const tell = async (place: Place, response: PullResponse): Promise<Place | undefined> => {
    const { changes, cursor, hasMore } = response
    // Nothing for them so far. Their next page will begin where they are, not where the reading is.
    const isQuiet = changes.length === 0 && (!hasMore || cursor !== place.cursor)
    const page = isQuiet || place.seats.size === 0 ? undefined : createPage(response)
    let next: Place | undefined
    let told = 0
    for (const seat of place.seats) {
      if (++told % toldAtOnce === 0) await new Promise<void>((resolve) => void timers.after(0, resolve))
      // It may have left meanwhile, or telling another of its socket has ended it.
      if (seat.place !== place) continue
      if (isQuiet) next = places.move(seat, cursor)
      else if (page === undefined) losePlace(seat)
      else if (seat.follower.hasRoom()) {
        next = places.move(seat, cursor)
        seat.follower.page(seat.told as Cursor, page)
        seat.told = cursor
      } else seat.owed = true
    }
    if (isQuiet && hasMore) place.again = true
    return next === place ? undefined : next
  }
  const failed = (place: Place, error: SyncError): void => {
    if (error.code === 'CURSOR_EXPIRED' || error.code === 'EPOCH_CHANGED') {
      for (const seat of place.seats) losePlace(seat)
    } else if (error.code === 'PROTOCOL' || error.code === 'NOT_SUPPORTED') {
      // Asking again would give the same answer.
      for (const seat of place.seats) expel(seat, error)
    } else if (place.seats.size > 0) {
      logger.log('warning', 'A scope could not be read for its followers', { scope, error })
      const waitMs = growingWaitMs(place.failures, random.next(), RETRY.baseMs, RETRY.mostMs)
      place.failures += 1
      place.cancelRetry = timers.after(waitMs, () => {
        place.cancelRetry = undefined
        readOn(place)
      })
    }
  }

  const goLive = (seat: Seat): void => {
    if (!places.seats.has(seat)) return
    seat.live = true
    seat.follower.subscribed()
    // What was written since the client's pull.
    if (seat.told === null) tellWake(seat)
    else readOn(places.move(seat, seat.told))
  }
  const expel = (seat: Seat, error: SyncError): void => {
    if (!places.seats.has(seat)) return
    leave(seat)
    seat.follower.failed(error)
  }
  const leave = (seat: Seat): void => {
    if (!places.seats.has(seat)) return
    places.leave(seat)
    if (places.seats.size === 0) onEmpty()
  }
  const source = createScopeSource(deps, scope, places.collections, wake)

  return {
    follow(collections, cursor, follower) {
      const seat = places.enter(collections, cursor, follower)
      const covering = source.cover(collections.map(({ name }) => name))
      if (covering === undefined) goLive(seat)
      else {
        covering.then(
          () => goLive(seat),
          (error: unknown) => {
            logger.log('warning', 'A scope could not be followed', { scope, error })
            expel(seat, backendError(error))
          },
        )
      }
      return {
        resume() {
          if (!seat.owed) return
          seat.owed = false
          if (seat.place !== undefined) readOn(seat.place)
          else if (seat.live) tellWake(seat)
        },
        close: () => leave(seat),
      }
    },
    wake,
    close: () => source.close(),
  }
}
