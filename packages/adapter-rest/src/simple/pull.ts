/**
 * A pull: the collections one after the other, each from where it has come to. One that fails stays open, is told of once
 * nothing else is left to read, and holds up no other (W19).
 */
import { isSyncError, type PullRequest, type PullResponse, type SyncError } from '@synclayer/core/adapter'
import { type Lens, lensOf } from './lens.ts'
import { nothingSeen, readStep, type Seen } from './read-step.ts'
import { decodeCursor, encodeCursor, NOWHERE, type Place } from './simple-cursor.ts'
import { createSource, type SourceDeps } from './source.ts'

export interface PullDeps extends SourceDeps {
  /** By scope, what was given on the way to the cursor that was answered last. */
  readonly readings: Map<string, Reading>
}

/** What was given since a walk over the collections began, or since one of them failed it. */
export interface Reading {
  readonly cursor: string
  /** Of those that are not read to their end. */
  readonly seen: Map<string, Seen>
  /** Those that are. */
  readonly done: Set<string>
}

/** A history that never changes its name: a plain backend knows of none. */
const EPOCH = 'simple'

/** Failures that would meet every other collection too. An answer of some status is that of one. */
const OF_ALL: ReadonlySet<string> = new Set(['NETWORK', 'TIMEOUT', 'UNAUTHENTICATED', 'RATE_LIMITED'])

/** Failures after which what was read is not wanted any more. */
const OF_THE_SCOPE: ReadonlySet<string> = new Set([
  'ABORTED',
  'CLOSED',
  'CURSOR_EXPIRED',
  'EPOCH_CHANGED',
  'SCOPE_REVOKED',
])

interface Round {
  readonly places: Map<string, Place>
  readonly reading: Pick<Reading, 'seen' | 'done'>
  readonly changes: PullResponse['changes'][number][]
  /** The collections that are not read to their end. */
  readonly open: Set<string>
  failure: SyncError | undefined
}

export async function pull(deps: PullDeps, request: PullRequest, signal: AbortSignal): Promise<PullResponse> {
  const { cursor, scope, limit } = request
  const lenses = new Map(request.collections.map((collection) => [collection.name, lensOf(collection)]))
  const from = cursor === null ? NOWHERE : decodeCursor(cursor)
  // A plain backend has no head to ask for; from the beginning everything comes, and what is known is known by its version.
  if (limit === 0) return respond([], cursor ?? encodeCursor(NOWHERE), false)
  const unfinished = from.walk.filter((name) => lenses.has(name))
  const begun = unfinished.length > 0 ? unfinished : [...lenses.keys()]
  const round: Round = {
    places: new Map(from.places),
    reading: takeReading(deps, scope, cursor),
    changes: [],
    open: new Set(begun),
    failure: undefined,
  }
  const read = (names: readonly string[]): Promise<string> =>
    readAll(deps, request, lenses, round, names, signal)
  let next = await read(begun)
  // Only what failed before was left, and it fails again: the others are looked at all the same, once.
  if (round.failure !== undefined && next === cursor) {
    const { done } = round.reading
    next = await read([...lenses.keys()].filter((name) => !round.open.has(name) && !done.has(name)))
  }
  if (round.failure !== undefined && (next === cursor || round.places.size === 0)) throw round.failure
  if (round.open.size > 0) deps.readings.set(scope, { cursor: next, ...round.reading })
  return respond(round.changes, next, round.open.size > 0)
}

/** Reads until there are as many changes as are wanted, and gives the cursor to go on from. */
async function readAll(
  deps: PullDeps,
  { scope, limit }: PullRequest,
  lenses: ReadonlyMap<string, Lens>,
  round: Round,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { places, reading, changes, open } = round
  const { seen, done } = reading
  for (const name of names) {
    open.add(name)
    try {
      while (open.has(name) && changes.length < limit) {
        const source = createSource(deps, scope, name, signal)
        const given = seen.get(name) ?? nothingSeen()
        seen.set(name, given)
        const step = await readStep(source, places.get(name) ?? {}, limit - changes.length, given)
        places.set(name, step.place)
        const show = lenses.get(name)!
        for (const record of step.records) changes.push(show(record))
        if (!step.isEnd) continue
        open.delete(name)
        seen.delete(name)
        done.add(name)
      }
    } catch (error) {
      // What came with the step that failed was not given.
      seen.delete(name)
      if (!isSyncError(error) || OF_THE_SCOPE.has(error.code)) throw error
      round.failure ??= error
      if (OF_ALL.has(error.code) && (error.code !== 'NETWORK' || error.details['status'] === undefined)) break
    }
  }
  return encodeCursor({ places, walk: [...open] })
}

/** Known only where the engine goes on from the very cursor that was answered: else what was given may be lost again. */
function takeReading({ readings }: PullDeps, scope: string, cursor: string | null): Round['reading'] {
  const reading = readings.get(scope)
  readings.delete(scope)
  return reading !== undefined && reading.cursor === cursor ? reading : { seen: new Map(), done: new Set() }
}

function respond(changes: PullResponse['changes'], cursor: string, hasMore: boolean): PullResponse {
  return { changes, cursor, epoch: EPOCH, hasMore, serverTime: null }
}
