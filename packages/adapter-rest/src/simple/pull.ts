/** A pull: the collections one after the other, each from where it has come to. */
import {
  type Change,
  compileFilter,
  isSyncError,
  type JsonObject,
  parseFilter,
  type PullCollection,
  type PullRequest,
  type PullResponse,
  type RemoteRecord,
  SyncError,
} from '@synclayer/core/adapter'
import { nothingSeen, readStep, type Seen } from './read-step.ts'
import { decodeCursor, encodeCursor, NOWHERE, type Place } from './simple-cursor.ts'
import { createSource, type SourceDeps } from './source.ts'

export interface PullDeps extends SourceDeps {
  /** By scope, what was given on the way to the cursor that was answered last. */
  readonly readings: Map<string, Reading>
}

interface Reading {
  readonly cursor: string
  readonly seen: Map<string, Seen>
}

/** A history that never changes its name: a plain backend has none. */
const EPOCH = 'simple'

interface Round {
  readonly places: Map<string, Place>
  readonly seen: Map<string, Seen>
  readonly changes: Change[]
  /** The collections that are not read to their end. */
  readonly open: Set<string>
  failure: unknown
}

export async function pull(deps: PullDeps, request: PullRequest, signal: AbortSignal): Promise<PullResponse> {
  for (const { fields } of request.collections) {
    if (fields !== undefined) throw new SyncError('NOT_SUPPORTED', 'Plain backends show whole documents')
  }
  const { cursor, scope, limit } = request
  const from = cursor === null ? NOWHERE : decodeCursor(cursor)
  if (limit === 0) return respond([], cursor ?? encodeCursor(NOWHERE), false)
  const names = request.collections.map(({ name }) => name)
  const unfinished = from.walk.filter((name) => names.includes(name))
  const open = new Set(unfinished.length > 0 ? unfinished : names)
  const round: Round = {
    places: new Map(from.places),
    seen: takeSeen(deps, scope, cursor),
    changes: [],
    open,
    failure: undefined,
  }
  await readAll(deps, request, round, [...open], signal)
  let next = encodeCursor({ places: round.places, walk: [...open] })
  if (round.failure !== undefined && next === cursor) {
    // Nothing but what failed before was left, and fails again: it must not hold up the others.
    const others = names.filter((name) => !open.has(name))
    await readAll(deps, request, round, others, signal)
    next = encodeCursor({ places: round.places, walk: [...open] })
  }
  if (round.failure !== undefined && (next === cursor || isOfAll(round.failure))) throw round.failure
  if (open.size > 0) deps.readings.set(scope, { cursor: next, seen: round.seen })
  return respond(round.changes, next, open.size > 0)
}

/** Reads until there are as many changes as are wanted. A collection that fails is left open. */
async function readAll(
  deps: PullDeps,
  { scope, collections, limit }: PullRequest,
  round: Round,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { places, seen, changes, open } = round
  for (const name of names) {
    const source = createSource(deps, scope, name, signal)
    const collection = collections.find((one) => one.name === name)!
    const show = showing(collection)
    open.add(name)
    for (let isEnd = false; !isEnd && changes.length < limit; ) {
      const given = seen.get(name) ?? nothingSeen()
      seen.set(name, given)
      try {
        const step = await readStep(source, places.get(name) ?? {}, limit - changes.length, given)
        places.set(name, step.place)
        for (const record of step.records) changes.push(show(record))
        isEnd = step.isEnd
      } catch (error) {
        round.failure ??= error
        if (isOfAll(error)) return
        break
      }
      if (isEnd) open.delete(name)
    }
  }
}
