/** Readers of a storm: they follow a feed in tiny pages, and keep all they were shown until it can be judged. */
import {
  type BackendAdapter,
  type Change,
  type Cursor,
  type Filter,
  isSyncError,
} from '@synclayer/core/adapter'
import { assert, assertEqual } from '../expect.ts'
import type { SeededRandom } from '../runner.ts'
import { assertShown, type ClosedLog, type Commit, keyOf } from './commit-log.ts'
import { COLLECTION, neverAborted, withoutText } from './test-client.ts'

export interface StormReader {
  readonly name: string
  /** Reads one page, of a random size or of one that is told; true where the feed had no more. */
  step(size?: number): Promise<boolean>
  /** What is missing or wrong in the reader's view, now that all is quiet; undefined where it is right. */
  problem(log: ClosedLog): string | undefined
  /** Fails unless each thing it was shown was true, came once, and never went back in time. */
  judge(log: ClosedLog): void
}

export interface ReaderOptions {
  readonly name: string
  readonly scope: string
  /** Any page may be read through any of them. */
  readonly adapters: readonly BackendAdapter[]
  readonly random: SeededRandom
  /** The most changes on a page. */
  readonly largest: number
  /** Begins at the head it finds, and so must be shown every change there is from then on; else with a snapshot. */
  readonly fromHead: boolean
  /** Asks only for what this writer wrote last: the rest must leave. */
  readonly onlyBy?: string
}

/** What one walk from its beginning showed, in order; a reader whose cursor has expired begins another. */
type Walk = Change[]

/** A reader that has not begun. */
export function createStormReader({
  name,
  scope,
  adapters,
  random,
  largest,
  fromHead,
  onlyBy,
}: ReaderOptions): StormReader {
  const filter: Filter | undefined =
    onlyBy === undefined ? undefined : { op: 'starts-with', path: ['by'], value: onlyBy }
  const isWanted = ({ data }: Commit): boolean =>
    onlyBy === undefined || (data as { readonly by: string }).by.startsWith(onlyBy)
  const collections = [{ name: COLLECTION, ...(filter === undefined ? {} : { filter }) }]
  const walks: Walk[] = [[]]
  let view = new Map<string, string>()
  let cursor: Cursor | null = null
  let entered = !fromHead

  const read = async (size: number): Promise<boolean> => {
    const limit = entered ? size : 0
    const page = await random.pick(adapters).pull({ scope, collections, cursor, limit }, neverAborted())
    assert(page.changes.length <= limit, `${name}: ${page.changes.length} changes on a page of ${limit}`)
    assert(!page.hasMore || page.cursor !== cursor, `${name}: hasMore with an unchanged cursor (A1)`)
    cursor = page.cursor
    entered = true
    for (const change of page.changes) {
      walks.at(-1)!.push(withoutText(change))
      if (change.kind === 'put') view.set(keyOf(change), change.version)
      else view.delete(keyOf(change))
    }
    return !page.hasMore
  }

  return {
    name,
    async step(size = 1 + random.whole(largest)) {
      try {
        return await read(size)
      } catch (error) {
        if (!isSyncError(error, 'CURSOR_EXPIRED')) throw error
        // Purged past it: everything anew.
        cursor = null
        view = new Map()
        walks.push([])
        return false
      }
    },
    problem({ living }) {
      const wanted = [...living].filter(([, commit]) => isWanted(commit))
      for (const [key, { version, mutation }] of wanted) {
        const seen = view.get(key)
        if (seen === undefined) return `${name} misses ${key}, which ${mutation.id} made at ${version} (A1)`
        if (seen !== version)
          return `${name} has ${key} at ${seen}, and it is at ${version} by ${mutation.id} (A1)`
      }
      const keys = new Set(wanted.map(([key]) => key))
      const gone = [...view.keys()].find((key) => !keys.has(key))
      return gone === undefined
        ? undefined
        : `${name} still has ${gone}, which was deleted, or left (A1, A4, A7)`
    },
    judge: (log) =>
      walks.forEach((walk, index) =>
        judgeWalk(name, walk, log, isWanted, fromHead && index === 0 ? 'once' : 'again'),
      ),
  }
}

/** A state may come `again` where a snapshot ends and the feed goes on; never one from before it. */
function judgeWalk(
  name: string,
  walk: Walk,
  log: ClosedLog,
  isWanted: (commit: Commit) => boolean,
  times: 'once' | 'again',
): void {
  const latest = new Map<string, Commit>()
  for (const change of walk) {
    const commit = commitOf(change, log, name)
    const kind = commit.data === undefined ? 'delete' : isWanted(commit) ? 'put' : 'leave'
    assertEqual(change.kind, kind, `${name}: kind of ${change.version}`)
    const before = latest.get(keyOf(change))
    latest.set(keyOf(change), commit)
    if (before?.life !== commit.life) continue
    const rises = before.place < commit.place || (times === 'again' && before.place === commit.place)
    assert(rises, `${name} was shown ${keyOf(change)} at ${commit.version} after ${before.version} (A1)`)
  }
}

/** A leave shows no more than which state it is about. */
function commitOf(change: Change, log: ClosedLog, name: string): Commit {
  if (change.kind !== 'leave') return assertShown(change, log, name)
  const commit = log.byVersion.get(change.version)
  assert(
    commit?.mutation.recordId === change.id,
    `${name}: a leave at ${change.version}, which is of no such record`,
  )
  return commit
}
