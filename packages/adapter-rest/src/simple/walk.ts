/**
 * Reading a collection to its end, by the backend's cursor, or by time where it gives none. Pure.
 *
 *   at rest ──▶ since: the largest time seen, less the overlap ──▶ page ──▶ since: the page's largest time ──▶ page ──▶ …
 *      ▲                                                                                                      │
 *      └──────────────────────────────── nothing that was not seen on the way ◀───────────────────────────────┘
 *
 * A page may end in the middle of records of one time: so the next one begins before that time, and has room for those
 * that come again. Pages may be shorter than what was asked for, so only one that brings nothing is the last.
 */
import { formatRfc3339 } from '@synclayer/core/protocol'
import type { Place } from './simple-cursor.ts'
import type { SimplePage } from './simple-page.ts'

/** A transaction of the backend may take so long from its time to its commit, and is still not missed. */
const OVERLAP_MS = 120_000

/** What backends may round of a time. Records of one such moment may come in any order. */
const GRAIN_MS = 1_000

/** What to ask for. */
export interface Question {
  /** Null: everything. */
  readonly since: string | null
  /** The same in milliseconds, where it is a time. */
  readonly sinceMs: number | null
  readonly limit: number
}

export interface Step {
  readonly place: Place
  /** Nothing more is to be asked for now. */
  readonly isEnd: boolean
}

/** The next request from a place. A clock that runs behind makes more come again, and nothing less. */
export function nextQuestion({ cursor, top, at, skip = 0 }: Place, limit: number, now: number): Question {
  if (cursor !== undefined) return { since: cursor, sinceMs: null, limit }
  if (at !== undefined) return byTime(at - GRAIN_MS, limit + skip)
  // A time from the future, of which one wrong record is enough, must not hide what comes after it.
  return top === undefined
    ? { since: null, sinceMs: null, limit }
    : byTime(Math.min(top, now) - OVERLAP_MS, limit)
}

/** The request for what is later than all that has the time of this place. */
export function questionPast({ at = 0 }: Place, limit: number): Question {
  return byTime(at + 1, limit)
}

/** The place after a page. `isNews`: it has a record that was not seen since this reading began. */
export function advance(place: Place, page: SimplePage, isNews: boolean): Step {
  const largest = page.records.reduce((most, { ms }) => Math.max(most, ms ?? -Infinity), -Infinity)
  const reached = Math.max(place.top ?? -Infinity, largest)
  const top = reached === -Infinity ? {} : { top: reached }
  if (page.cursor !== null) {
    const moved = page.cursor !== place.cursor
    const more = page.hasMore ?? (page.records.length > 0 && isNews && moved)
    return { place: { cursor: page.cursor, ...top }, isEnd: !more }
  }
  const at = Math.max(place.at ?? -Infinity, largest)
  if (!isNews || page.hasMore === false || at === -Infinity) return { place: top, isEnd: true }
  return { place: { ...top, at, skip: countFrom(page, at - GRAIN_MS) }, isEnd: false }
}

/** A page has nothing but what has the time of this place: perhaps there is more of it than ever comes at once. */
export function hasOnlyTies({ at }: Place, page: SimplePage): boolean {
  return at !== undefined && page.records.length > 1 && countFrom(page, at - GRAIN_MS) === page.records.length
}

/** The backend does not give what is since that time, in its order: then it can only be read as a whole. */
export function ignoresOrder({ sinceMs }: Question, page: SimplePage): boolean {
  if (page.cursor !== null) return false
  let latest = sinceMs ?? -Infinity
  for (const { ms } of page.records) {
    if (ms === null) continue
    if (ms < latest - GRAIN_MS) return true
    latest = Math.max(latest, ms)
  }
  return false
}

function byTime(ms: number, limit: number): Question {
  return { since: formatRfc3339(ms), sinceMs: ms, limit }
}

function countFrom({ records }: SimplePage, ms: number): number {
  return records.filter((record) => record.ms !== null && record.ms >= ms).length
}
