/**
 * Who of a scope's followers is where. Followers of the same collections at the same cursor share a place: one pull
 * there serves them all.
 */
import { canonicalJson, type Cursor, type Json, type PullCollection } from '@synclayer/core/adapter'
import type { Follower } from './follower.ts'

/** Those who see the scope alike. */
export interface Lens {
  readonly key: string
  readonly collections: readonly PullCollection[]
  readonly places: Map<Cursor, Place>
  seats: number
}

/** Where some of them have read to. */
export interface Place {
  readonly lens: Lens
  readonly cursor: Cursor
  readonly seats: Set<Seat>
  /** A pull is under way from here; `again`: what happened since it began is not in it. */
  pulling: boolean
  again: boolean
  /** Pulls that failed in a row, and how to call off the next attempt. */
  failures: number
  cancelRetry: (() => void) | undefined
}

/** One follower's seat. */
export interface Seat {
  readonly follower: Follower
  readonly lens: Lens
  /** The cursor the follower has been told to; pages to it begin there. */
  told: Cursor | null
  /** Where the next pull for it begins. Undefined: it has lost its place, and is only woken. */
  place: Place | undefined
  /** Changes are being told: else the scope is only being opened. */
  live: boolean
  /** There was no room to tell it something. */
  owed: boolean
}

export interface Places {
  readonly seats: ReadonlySet<Seat>
  /** Every place where somebody is. */
  all(): Place[]
  /** The collections that somebody follows. */
  collections(): ReadonlySet<string>
  enter(collections: readonly PullCollection[], cursor: Cursor | null, follower: Follower): Seat
  /** Puts a seat to a place, away from where it was. */
  move(seat: Seat, cursor: Cursor): Place
  /** It has lost its place. */
  unseat(seat: Seat): void
  leave(seat: Seat): void
}

export function createPlaces(): Places {
  const lenses = new Map<string, Lens>()
  const seats = new Set<Seat>()

  const lensOf = (collections: readonly PullCollection[]): Lens => {
    const sorted = collections.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const key = canonicalJson(sorted as unknown as Json)
    let lens = lenses.get(key)
    if (lens === undefined) {
      lens = { key, collections, places: new Map(), seats: 0 }
      lenses.set(key, lens)
    }
    return lens
  }
  const unseat = (seat: Seat): void => {
    const { place, lens } = seat
    if (place === undefined) return
    seat.place = undefined
    place.seats.delete(seat)
    if (place.seats.size > 0) return
    place.cancelRetry?.()
    lens.places.delete(place.cursor)
  }

  return {
    seats,
    all: () => [...lenses.values()].flatMap(({ places }) => [...places.values()]),
    collections: () =>
      new Set([...lenses.values()].flatMap(({ collections }) => collections.map(({ name }) => name))),
    enter(collections, cursor, follower) {
      const lens = lensOf(collections)
      lens.seats += 1
      const seat: Seat = { follower, lens, told: cursor, place: undefined, live: false, owed: false }
      seats.add(seat)
      return seat
    },
    move(seat, cursor) {
      const { lens } = seat
      if (seat.place?.cursor === cursor) return seat.place
      unseat(seat)
      let place = lens.places.get(cursor)
      if (place === undefined) {
        place = {
          lens,
          cursor,
          seats: new Set(),
          pulling: false,
          again: false,
          failures: 0,
          cancelRetry: undefined,
        }
        lens.places.set(cursor, place)
      }
      place.seats.add(seat)
      seat.place = place
      return place
    },
    unseat,
    leave(seat) {
      if (!seats.delete(seat)) return
      unseat(seat)
      seat.lens.seats -= 1
      if (seat.lens.seats === 0) lenses.delete(seat.lens.key)
    },
  }
}
