/**
 * The oracle of the concurrent tests: what clients were told was accepted. All that a reader may ever see follows from
 * it, and it never asks the adapter.
 */
import type { Json, JsonObject, Mutation, RemoteRecord, Version } from '@synclayer/core/adapter'
import { assert, assertEqual } from '../expect.ts'

/** One state of one record, as its mutation must have made it. */
export interface Commit {
  readonly mutation: Mutation
  readonly version: Version
  /** Undefined where deleted. */
  readonly data: Json | undefined
  /** Which of the record's lives, and the place in it. A life ends where a tombstone was purged. */
  readonly life: number
  readonly place: number
}

export interface CommitLog {
  /** How many mutations were accepted up to now. */
  readonly size: number
  /** A client was told that its mutation was accepted. Being told again must be the same. */
  accepted(mutation: Mutation, version: Version): void
  /** Once all answers are in: every state there ever was, and the last one of each record that is not deleted. */
  close(options: { readonly orderedVersions: boolean }): ClosedLog
}

export interface ClosedLog {
  readonly byVersion: ReadonlyMap<Version, Commit>
  /** What is stored in the end, by `collection/id`, without what is deleted. */
  readonly living: ReadonlyMap<string, Commit>
}

/** An empty log. */
export function createCommitLog(): CommitLog {
  const versions = new Map<string, { readonly mutation: Mutation; readonly version: Version }>()
  return {
    get size() {
      return versions.size
    },
    accepted(mutation, version) {
      const known = versions.get(mutation.id)
      if (known !== undefined)
        assertEqual(version, known.version, `version of ${mutation.id}, answered again`)
      else versions.set(mutation.id, { mutation, version })
    },
    close: ({ orderedVersions }) => closeLog([...versions.values()], orderedVersions),
  }
}

/** The key of a record in views and logs. */
export function keyOf({ collection, id }: { readonly collection: string; readonly id: string }): string {
  return `${collection}/${id}`
}

interface Accepted {
  readonly mutation: Mutation
  readonly version: Version
}

function closeLog(accepted: readonly Accepted[], orderedVersions: boolean): ClosedLog {
  const byVersion = new Map<Version, Commit>()
  const living = new Map<string, Commit>()
  const byRecord = new Map<string, Accepted[]>()
  for (const entry of accepted) {
    const { collection, recordId } = entry.mutation
    const key = keyOf({ collection, id: recordId })
    byRecord.set(key, [...(byRecord.get(key) ?? []), entry])
  }
  for (const [key, entries] of byRecord) {
    const lives = livesOf(key, entries)
    for (const commit of lives.flat()) {
      assert(!byVersion.has(commit.version), `The version ${commit.version} was given twice (A2)`)
      byVersion.set(commit.version, commit)
    }
    const last = lives.map((life) => life.at(-1)!).filter(({ data }) => data !== undefined)
    assert(last.length <= 1, `${key} was created ${last.length} times over itself (A2)`)
    if (last[0] !== undefined) living.set(key, last[0])
    if (!orderedVersions) continue
    for (const life of lives) {
      const names = life.map(({ version }) => version)
      assertEqual(names.toSorted(), names, `versions of ${key}, by code unit`)
    }
  }
  return { byVersion, living }
}

/** Chains of commits, each made on the one before it: compare-and-set leaves no other shape. */
function livesOf(key: string, entries: readonly Accepted[]): readonly (readonly Commit[])[] {
  const onto = new Map<Version, Accepted>()
  for (const entry of entries) {
    const { base, id } = entry.mutation
    if (base === null) continue
    const rival = onto.get(base)
    assert(rival === undefined, `${id} and ${rival?.mutation.id} both changed ${key} at ${base} (A2)`)
    onto.set(base, entry)
  }
  const lives = entries
    .filter(({ mutation }) => mutation.base === null)
    .map((first, life) => {
      const commits: Commit[] = []
      for (let next: Accepted | undefined = first; next !== undefined; next = onto.get(next.version)) {
        const { mutation, version } = next
        commits.push({
          mutation,
          version,
          data: dataOf(mutation, commits.at(-1)?.data),
          life,
          place: commits.length,
        })
      }
      return commits
    })
  const reached = new Set(lives.flat().map(({ version }) => version))
  const lost = entries.find(({ version }) => !reached.has(version))?.mutation
  assert(
    lost === undefined,
    `${lost?.id} changed ${key} at ${lost?.base}, which nobody was told was accepted (A2, A3)`,
  )
  return lives
}

/** The tests patch top-level fields only, so that nothing of the adapter's own is needed to know what comes of it. */
function dataOf({ kind, data, patch }: Mutation, before: Json | undefined): Json | undefined {
  if (kind === 'delete') return undefined
  if (kind === 'put') return data
  const fields = Object.entries(patch?.set ?? {}).map(
    ([pointer, value]) => [pointer.slice(1), value] as const,
  )
  return { ...(before as JsonObject), ...Object.fromEntries(fields) }
}

/** Fails unless someone was shown a state as its mutation made it. */
export function assertShown(shown: Omit<RemoteRecord, 'time'>, log: ClosedLog, to: string): Commit {
  const commit = log.byVersion.get(shown.version)
  assert(
    commit !== undefined,
    `${to} was shown ${keyOf(shown)} at ${shown.version}, which nobody was told of`,
  )
  const { mutation, data } = commit
  const expected = {
    collection: mutation.collection,
    id: mutation.recordId,
    deleted: data === undefined,
    data,
    mutation: mutation.id,
  }
  const { collection, id, deleted } = shown
  const actual = { collection, id, deleted, data: shown.data, mutation: shown.mutation }
  assertEqual(actual, expected, `${to}: what was shown at ${shown.version}`)
  return commit
}
