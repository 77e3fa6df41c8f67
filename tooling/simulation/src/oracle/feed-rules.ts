/**
 * Where each store stands in the feeds, judged by its entries at every commit and by the pages its devices were given.
 *
 * A cursor moves to where a page led, and within its history forward alone; only the end of a resync puts it where its
 * snapshot led (I9, W24). The pages of one round are one commit, unless the round was cut short (W10). So after a round
 * that came to its end a store is as the backend was at one moment: then it is whole.
 */
import type { WriteBatch } from '@synclayer/core/storage'
import type { MemoryStore } from '@synclayer/core/testing'
import { type Place, placeOf, type Stand, standIn } from './feed-stand.ts'

/** A page that a device was given. */
export interface Page {
  readonly scope: string
  readonly from: string | null
  readonly to: string
  readonly isLast: boolean
  readonly isEmpty: boolean
  /** It comes from a replica, which may be behind. */
  readonly isReplica: boolean
  /** The moment of the backend it was read at. */
  readonly moment: number
  /** One of the pair was then beyond its end, behind a commit that was under way. */
  readonly isHeldBack: boolean
}

const PREFIX = 'feed:'

export class FeedRules {
  readonly #broken: (rule: string) => void
  /** By device and cursor: the last page that led there. */
  readonly #pages = new Map<string, Page>()
  /** By device and cursor: what was asked for from there did not come. */
  readonly #cuts = new Set<string>()
  readonly #whole = new WeakMap<MemoryStore, Set<string>>()
  /** By store and scope: the last moment of the backend of which a conflict showed a part. */
  readonly #parts = new WeakMap<MemoryStore, Map<string, number>>()
  /** By disk and scope: an app on it did without, so where it stood may be forgotten. */
  readonly #dropped = new Set<string>()

  constructor(broken: (rule: string) => void) {
    this.#broken = broken
  }

  /** The device was given a page that it can read. */
  given(device: string, store: MemoryStore, page: Page): void {
    this.#pages.set(`${device} ${page.to}`, page)
    this.#cuts.delete(`${device} ${page.from}`)
    const stand = standIn(store.entries.get(PREFIX + page.scope)?.value ?? null)
    const isUpToDate = stand?.snapshot === null && stand.cursor === page.from && page.isEmpty
    if (isUpToDate && this.#isWholeFrom(store, page)) this.#wholeIn(store).add(page.scope)
  }

  /** A push of the store was answered by one record as it was at that moment, without what was written along with it. */
  shownPart(store: MemoryStore, scope: string, moment: number): void {
    this.#parts.set(store, (this.#parts.get(store) ?? new Map<string, number>()).set(scope, moment))
    this.#wholeIn(store).delete(scope)
  }

  /** The device asked for a page from there in vain. */
  cut(device: string, from: string | null): void {
    this.#cuts.add(`${device} ${from}`)
  }

  /** The app on the disk does without this scope. */
  dropped(disk: number, scope: string): void {
    this.#dropped.add(`${disk} ${scope}`)
  }

  /** True where the store holds of this scope what the backend held at one moment, but for what is unsent. */
  isWhole(store: MemoryStore, scope: string): boolean {
    return this.#wholeIn(store).has(scope)
  }

  /** True where the store is in the middle of a snapshot of the scope, or never began one. */
  isUnfinished(store: MemoryStore, scope: string): boolean {
    return standIn(store.entries.get(PREFIX + scope)?.value ?? null)?.snapshot !== null
  }

  /** A device is about to commit to its disk; what this gives is called once it has. */
  committing(device: string, disk: number, store: MemoryStore, batch: WriteBatch): () => void {
    const moves = (batch.entries ?? []).flatMap(({ name, value }) =>
      name.startsWith(PREFIX)
        ? [{ scope: name.slice(PREFIX.length), before: store.entries.get(name)?.value ?? null, after: value }]
        : [],
    )
    return () => {
      for (const { scope, before, after } of moves) {
        const problem = this.#problem(device, `${disk} ${scope}`, standIn(before), standIn(after))
        if (problem !== null) this.#broken(`${problem}: ${device} in scope ${scope}, ${before} to ${after}`)
        if (this.#endsRound(device, store, standIn(before), standIn(after))) this.#wholeIn(store).add(scope)
        else this.#wholeIn(store).delete(scope)
      }
    }
  }

  #problem(device: string, place: string, before: Stand | null, after: Stand | null): string | null {
    if (after === null) return this.#dropped.has(place) ? null : 'I9: a feed in use was forgotten'
    if (before === null) return this.#ofFirst(device, after)
    if (after.generation < before.generation) return 'I9: a generation went back'
    if (after.start !== before.start) return 'I9: the first cursor was changed'
    if (after.generation > before.generation) return ofResync(before, after)
    if (before.snapshot === null) return this.#ofRound(device, before, after)
    return after.snapshot === null ? this.#ofEnd(device, before, after) : this.#ofPage(device, before, after)
  }

  #ofFirst(device: string, { start, cursor, generation, snapshot }: Stand): string | null {
    const isNew =
      cursor === null && generation === 1 && snapshot?.reason === 'first' && snapshot.cursor === null
    return isNew && this.#pages.has(`${device} ${start}`)
      ? null
      : 'I9: a feed does not begin at its beginning'
  }

  /** Pages of the feed, from where it was followed to. */
  #ofRound(device: string, before: Stand, after: Stand): string | null {
    if (after.snapshot !== null) return 'I9: a snapshot began under the generation before'
    if (after.cursor === before.cursor) return null
    const page = this.#pages.get(`${device} ${after.cursor}`)
    if (page === undefined) return 'W24: a cursor moved to where no page led'
    const [from, to] = [placeOf(before.cursor!), placeOf(after.cursor!)]
    if (from.epoch !== to.epoch) return 'I9: a cursor moved into another history'
    if (to.position < from.position) return 'I9: a cursor went back'
    if (!page.isLast && !this.#cuts.has(`${device} ${after.cursor}`))
      return 'W10: a part of a round was committed'
    return null
  }

  /** A page of a snapshot. */
  #ofPage(device: string, before: Stand, after: Stand): string | null {
    const [here, there] = [before.snapshot!.cursor, after.snapshot!.cursor]
    if (after.cursor !== before.cursor) return 'W24: a cursor moved during a snapshot'
    if (after.snapshot!.reason !== before.snapshot!.reason) return 'I9: a snapshot became another'
    if (there === here) return null
    if (there === null || !this.#pages.has(`${device} ${there}`))
      return 'W24: a snapshot went on where no page led'
    if (here === null) return null
    return isFurther(placeOf(here), placeOf(there)) ? null : 'I9: a snapshot went back'
  }

  /** The last page of a first snapshot, or the end of a resync. */
  #ofEnd(device: string, { cursor, start, snapshot }: Stand, after: Stand): string | null {
    if (snapshot!.reason === 'first') {
      const page = this.#pages.get(`${device} ${after.cursor}`)
      return after.cursor === start || page?.isLast === true
        ? null
        : 'I9: a first snapshot ended before its end'
    }
    if (snapshot!.sweeping !== true) return 'I9: a resync ended before its end'
    const wanted = snapshot!.reason === 'collections' ? cursor : snapshot!.cursor
    return after.cursor === wanted ? null : 'I9: a resync did not end where its snapshot led'
  }

  #endsRound(device: string, store: MemoryStore, before: Stand | null, after: Stand | null): boolean {
    if (before?.snapshot !== null || after?.snapshot !== null) return false
    const page = this.#pages.get(`${device} ${after.cursor}`)
    return page !== undefined && this.#isWholeFrom(store, page)
  }

  /** What a round that ended with this page leaves behind is as the backend was at one moment. */
  #isWholeFrom(store: MemoryStore, { scope, isLast, isReplica, isHeldBack, moment }: Page): boolean {
    return isLast && !isReplica && !isHeldBack && moment >= (this.#parts.get(store)?.get(scope) ?? 0)
  }

  #wholeIn(store: MemoryStore): Set<string> {
    const whole = this.#whole.get(store) ?? new Set<string>()
    this.#whole.set(store, whole)
    return whole
  }
}

/** By name through what there was at the head, and from there on along the feed. */
function isFurther(from: Place, to: Place): boolean {
  if (from.epoch !== to.epoch) return false
  if (from.head === undefined) return to.head === undefined && to.position > from.position
  return to.head === undefined ? to.position >= from.head : to.head === from.head && to.after! > from.after!
}

function ofResync(before: Stand, after: Stand): string | null {
  const { cursor, generation, snapshot } = after
  const isNew = generation === before.generation + 1 && cursor === before.cursor && snapshot?.cursor === null
  return isNew ? null : 'I9: a resync does not begin at its beginning'
}
