/**
 * A storm: many writers and readers on one scope at the same time, over several connections. What the writers were told
 * decides what the readers must have seen. The readers stay near the head, where a gap would be: writers wait for them.
 */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { seededRandom } from '../runner.ts'
import type { Bench } from './bench.ts'
import { assertShown, type ClosedLog, type CommitLog, createCommitLog } from './commit-log.ts'
import { createStormReader, type ReaderOptions, type StormReader } from './storm-reader.ts'
import { createStormWriter, type StormWriter } from './storm-writer.ts'
import { COLLECTION, createTestClient, SCOPE, neverAborted, turn } from './test-client.ts'
import { assert, assertEqual } from '../expect.ts'

export interface StormOptions {
  /** How long writers write. */
  readonly ms: number
  readonly seed: number
  /** Whether pushes are sent twice at the same moment, and answers are lost. */
  readonly faults?: boolean
  /** Whether tombstones are purged meanwhile. */
  readonly purges?: boolean
}

const WRITERS = 16
const CONNECTIONS = 4
/** The largest pages of the readers that follow. */
const PAGES = [1, 2, 3]
const NEWCOMERS = 5
/** Once all is quiet small pages only take time. */
const CATCH_UP_PAGE = 200
/** How many commits a reader may be behind before writers wait for it. */
const LEAD = 64
/** How old a tombstone is when it is purged, and how long until the next purge: a part of the storm, and no more than this. */
const LONGEST_RETENTION_MS = 120
/** Where a busy machine gets to delete so little that nothing was purged in time, the storm lasts up to so many times as long. */
const LONGEST_DELAY = 20

/** Runs a storm. Fails at the first thing that cannot be. */
export async function runStorm(bench: Bench, options: StormOptions): Promise<void> {
  const { seed, ms, faults = false, purges = false } = options
  if (purges && bench.adapter.purge === undefined) return
  const adapters = [bench.adapter]
  while (adapters.length < CONNECTIONS) adapters.push(await bench.second())
  const log = createCommitLog()
  const random = (n: number): ReturnType<typeof seededRandom> => seededRandom(seed + n * 7_919)
  const reader = (
    name: string,
    n: number,
    options: Pick<ReaderOptions, 'largest' | 'fromHead' | 'onlyBy'>,
  ): StormReader => createStormReader({ name, scope: SCOPE, adapters, random: random(n), ...options })

  const followers = [
    ...PAGES.map((largest, n) => reader(`reader ${n}`, n, { largest, fromHead: true })),
    reader('reader with a filter', 9, { largest: 2, fromHead: true, onlyBy: 'writer1' }),
  ]
  for (const follower of followers) await follower.step()
  const newcomers = Array.from({ length: NEWCOMERS }, (_, n) =>
    reader(`newcomer ${n}`, 10 + n, { largest: 3 + n, fromHead: false }),
  )
  const writers = Array.from({ length: WRITERS }, (_, n) =>
    createStormWriter({
      id: `writer${n}`,
      scope: SCOPE,
      adapters: rotated(adapters, n),
      random: random(100 + n),
      log,
      faults,
    }),
  )

  const began = Date.now()
  const state: Progress = {
    until: began + ms,
    latest: began + ms * LONGEST_DELAY,
    awaitsPurge: purges,
    isStopped: false,
    reached: new Map(),
  }
  const parts = [
    ...writers.map((writer) => write(writer, state, log)),
    ...followers.map((follower) => follow(follower, state, log)),
    ...newcomers.map((newcomer, n) => arrive(newcomer, began + (ms * n) / NEWCOMERS, state)),
    ...(purges ? [purge(bench.adapter, ms, state)] : []),
  ]
  // One that fails stops the others, and its reason is the one told.
  const failures: unknown[] = []
  await Promise.all(
    parts.map((part) =>
      part.catch((error: unknown) => {
        failures.push(error)
        state.isStopped = true
      }),
    ),
  )
  if (failures.length > 0) throw failures[0]
  await judge(bench, log, writers, [...followers, ...newcomers])
}

interface Progress {
  readonly until: number
  /** When it ends although no tombstone was purged. */
  readonly latest: number
  awaitsPurge: boolean
  isStopped: boolean
  /** How much was accepted when a follower was last at the head. */
  readonly reached: Map<StormReader, number>
}

function isOver({ until, latest, awaitsPurge, isStopped }: Progress): boolean {
  return isStopped || Date.now() >= (awaitsPurge ? latest : until)
}

async function write(writer: StormWriter, state: Progress, log: CommitLog): Promise<void> {
  while (!isOver(state)) {
    await writer.step()
    await turn()
    while (!isOver(state) && log.size - Math.min(...state.reached.values()) > LEAD) await turn()
  }
  if (!state.isStopped) await writer.finish()
}

async function follow(reader: StormReader, state: Progress, log: CommitLog): Promise<void> {
  state.reached.set(reader, 0)
  for (let page = 0; !isOver(state); page++) {
    const size = log.size
    const atHead = await reader.step()
    if (atHead) state.reached.set(reader, size)
    // Lets others in, and lets the reader arrive in the midst of their commits.
    if (atHead || page % 8 === 0) await turn()
  }
}

/** Begins a snapshot in the middle of it all. */
async function arrive(reader: StormReader, at: number, state: Progress): Promise<void> {
  while (!isOver(state)) {
    if (Date.now() >= at) await reader.step()
    await turn()
  }
}

async function purge(adapter: BackendAdapter, ms: number, state: Progress): Promise<void> {
  const retentionMs = Math.min(LONGEST_RETENTION_MS, ms / 10)
  let purged = 0
  while (!isOver(state)) {
    const next = Date.now() + retentionMs
    while (!isOver(state) && Date.now() < next) await turn()
    const report = await adapter.purge?.({ scope: SCOPE, before: Date.now() - retentionMs })
    purged += report?.tombstones ?? 0
    if (purged > 0) state.awaitsPurge = false
  }
  // What never happens proves nothing. In a short storm it may come to that.
  assert(state.isStopped || purged > 0 || ms < LONGEST_RETENTION_MS * 20, 'No tombstone was ever purged (A4)')
}

/** All is quiet: what clients were told, what the feed showed and what is stored must be one and the same. */
async function judge(
  bench: Bench,
  log: CommitLog,
  writers: readonly StormWriter[],
  readers: readonly StormReader[],
): Promise<void> {
  const closed = log.close(bench.adapter.capabilities)
  for (const reader of readers) {
    await catchUp(reader, closed, bench.patienceMs)
    reader.judge(closed)
  }
  for (const writer of writers)
    for (const state of writer.shown) assertShown(state, closed, 'a writer, in a conflict')
  const fresh = createTestClient(bench.adapter, { id: 'fresh' })
  await fresh.pullAll(() => 500)
  const expected = [...closed.living].map(([key, { version, data }]) => [key, [version, data]] as const)
  const actual = [...fresh.view].map(([key, { version, data }]) => [key, [version, data]] as const)
  assertEqual(Object.fromEntries(actual), Object.fromEntries(expected), 'what a newcomer is given')
  const ids = expected.map(([key]) => key.slice(COLLECTION.length + 1))
  const stored = await bench.adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids }, neverAborted())
  assertEqual(stored.length, ids.length, 'records that can be fetched')
  for (const record of stored) assertShown(record, closed, 'fetch')
}

/** A feed may show a commit a little later than its writer was told of it, but not for long. */
async function catchUp(reader: StormReader, log: ClosedLog, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const atHead = await reader.step(CATCH_UP_PAGE)
    const problem = atHead ? reader.problem(log) : undefined
    if (atHead && problem === undefined) return
    assert(Date.now() < deadline || !atHead, problem ?? '')
    if (atHead) await turn()
  }
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  return [...items.slice(by % items.length), ...items.slice(0, by % items.length)]
}
