/** What the programs share: the backend whose path they are given, a client's bookkeeping, and what it writes. */
import type {
  BackendAdapter,
  Change,
  Cursor,
  Mutation,
  PullRequest,
  PushResult,
} from '@synclayer/core/adapter'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export const SCOPE = 'shared'
export const SIGNAL: AbortSignal = new AbortController().signal
const COLLECTIONS = [{ name: 'notes' }]

/** Opens the backend at the program's first argument. */
export async function openBackend(path = process.argv[2]): Promise<BackendAdapter> {
  if (path === undefined) throw new Error('Give the path of the database.')
  // Readers and writers crowd one file here: nobody should give up before the others are done.
  const adapter = sqliteAdapter({ path, durability: 'process', busyTimeoutMs: 60_000 })
  await adapter.open({
    collections: ['notes'],
    scopes: [SCOPE],
    logger: { log: () => {} },
    clock: { now: () => Date.now() },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  })
  return adapter
}

/** Waits until the file `<path>.go` is there, so that programs begin together. */
export async function waitForStart(path = process.argv[2]): Promise<void> {
  while (!existsSync(`${path}.go`)) await delay(2)
}

/** The n-th mutation of a client: always the same. It creates the record `<clientId>-<n>`. */
export function creation(clientId: string, n: number): Mutation {
  const recordId = `${clientId}-${n}`
  const data = { id: recordId, n, text: 'A note of some length, so that pages are not all alike.' }
  const time = `${(1_800_000_000_000 + n).toString(16).padStart(12, '0')}-0000-00000000000000aa`
  return {
    id: `${clientId}.${n}`,
    collection: 'notes',
    recordId,
    kind: 'put',
    base: null,
    data,
    time,
    schema: 1,
  }
}

export interface Pusher {
  push(mutations: readonly Mutation[]): Promise<readonly PushResult[]>
}

/** Pushes as a client that stands at the head. */
export async function createPusher(adapter: BackendAdapter, clientId: string): Promise<Pusher> {
  const head = await adapter.pull({ scope: SCOPE, collections: COLLECTIONS, cursor: null, limit: 0 }, SIGNAL)
  const request = { scope: SCOPE, clientId, settled: 0, epoch: head.epoch, cursor: head.cursor }
  return {
    push: async (mutations) => (await adapter.push({ ...request, mutations }, SIGNAL)).results,
  }
}

/** The version of an accepted answer. Throws for any other. */
export function versionOf(result: PushResult | undefined): string {
  if (result?.status === 'accepted') return result.version
  throw new Error(`A mutation was not accepted: ${JSON.stringify(result)}`)
}

export interface Follower {
  /** Versions by record: of each record the one seen last. */
  readonly seen: Map<string, string>
  /** How many changes came, snapshots aside. */
  changeCount: number
  /** Changes that were given twice, as record and version. */
  readonly twice: string[]
  /** Pulls to the head in pages of the sizes that `size` gives. */
  pullToHead(size: () => number): Promise<void>
}

/** Follows the feed, from its head on or from everything there is. */
export async function createFollower(
  adapter: BackendAdapter,
  from: 'head' | 'everything',
): Promise<Follower> {
  const pull = (request: Pick<PullRequest, 'cursor' | 'limit'>): ReturnType<BackendAdapter['pull']> =>
    adapter.pull({ scope: SCOPE, collections: COLLECTIONS, ...request }, SIGNAL)
  let cursor: Cursor | null = from === 'head' ? (await pull({ cursor: null, limit: 0 })).cursor : null
  const changes = new Set<string>()
  const note = (follower: Follower, change: Change): void => {
    const key = `${change.id} ${change.version}`
    if (changes.has(key)) follower.twice.push(key)
    changes.add(key)
    follower.changeCount += 1
    follower.seen.set(change.id, change.version)
  }
  const follower: Follower = {
    seen: new Map(),
    changeCount: 0,
    twice: [],
    pullToHead: async (size) => {
      for (;;) {
        const page = await pull({ cursor, limit: size() })
        if (page.hasMore && page.cursor === cursor) throw new Error('hasMore with an unchanged cursor')
        cursor = page.cursor
        for (const change of page.changes) note(follower, change)
        if (!page.hasMore) return
      }
    },
  }
  return follower
}
