/**
 * A backend in memory, after the letter of the contract: for the tests of engines and apps, and as the shortest
 * reading of what an adapter must do. It is a model, not a mock: it passes the adapter conformance suite.
 *
 *   push ──▶ waits for pushes that touch the same ──▶ takes positions ──▶ (stalls) ──▶ visible, all at once
 *   pull ──▶ reads up to the horizon: below the first position of whatever is not yet visible
 */
import { checkFetchRequest, checkPullRequest, checkPushRequest } from '../document/check-request.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { PullResponse, PushRequest, PushResponse } from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import { beginHistory, createFeed, epochName, type Feed } from './model-backend/feed.ts'
import { parseCursor } from './model-backend/cursor.ts'
import { createFollower } from './model-backend/follower.ts'
import {
  type FeedView,
  projected,
  pullFrom,
  pullFromReplica,
  withCheckedFilter,
} from './model-backend/pull.ts'
import { purgeFeed } from './model-backend/purge.ts'
import {
  type Applied,
  contend,
  MAX_RECORD_BYTES,
  nameOf,
  type Refuse,
  runTransaction,
  type Transaction,
} from './model-backend/transaction.ts'

export interface ModelBackendOptions {
  /** Its clock. */
  readonly now: () => number
  /** Holds a commit between taking its positions and becoming visible, until the promise resolves. */
  readonly stall?: (request: PushRequest) => Promise<void> | undefined
  /** Mutations refused for good, as by rules of the backend's owner. */
  readonly refuse?: Refuse
  /** A backup of another backend that it has from the start, as its own: nothing was lost, the epoch is the same. */
  readonly stored?: unknown
  /** Told of each commit as it becomes visible. */
  readonly onCommit?: (scope: string, applied: readonly Applied[]) => void
}

/** The state of a backend, outliving its adapters. */
export interface ModelBackend {
  /**
   * A new connection to it. `replica`: a backup that pulls are served from, as by a replica that has come no further;
   * null while it has caught up. It begins no snapshots.
   */
  adapter(options?: { readonly replica?: () => unknown }): BackendAdapter
  /** A copy of everything stored, to be restored later. */
  backup(): unknown
  /**
   * Puts a backup back, as an administrator would: what came after is lost, and a new epoch begins. `unnoticed`: the
   * epoch stays, and only cursors from beyond the backup are known to be of another history.
   */
  restore(backup: unknown, options?: { readonly unnoticed?: boolean }): void
  /** Everything stored in a scope, tombstones too, for tests to compare with. */
  records(scope: string): readonly RemoteRecord[]
  /** How many commits have their positions and are not visible yet. */
  readonly stalled: number
}

/** What a backup is, by scope. */
type Copy = ReadonlyMap<string, FeedView>

/** A transaction that is not visible yet. */
interface Running {
  readonly request: PushRequest
  readonly first: number | null
  readonly over: Promise<unknown>
}

/** Changes told along with a wake-up, at most. */
const MOST_TOLD = 100

/** Creates an empty backend. */
export function createModelBackend(options: ModelBackendOptions): ModelBackend {
  let feeds = feedsOf(options.stored as Copy | undefined)
  let epochs = 1
  const followers = new Map<string, Set<() => void>>()
  const running = new Set<Running>()

  const feedOf = (scope: string): Feed => {
    let feed = feeds.get(scope)
    if (feed === undefined) {
      feed = createFeed(scope, epochs)
      feeds.set(scope, feed)
    }
    return feed
  }

  const viewOf = (scope: string): FeedView => {
    const feed = feedOf(scope)
    let horizon = feed.head
    for (const { request, first } of running)
      if (request.scope === scope && first !== null) horizon = Math.min(horizon, first - 1)
    return { feed, horizon }
  }

  /** In the scope's history as it is now, or not at all. */
  const push = async (request: PushRequest): Promise<Transaction['results']> => {
    for (let rival = rivalOf(request); rival !== undefined; rival = rivalOf(request)) await rival.over
    const feed = feedOf(request.scope)
    const refuse = options.refuse ?? (() => undefined)
    const transaction = runTransaction(feed, request, { now: options.now(), refuse })
    const stall = transaction.first === null ? undefined : options.stall?.(request)
    if (stall === undefined) commit(feed, transaction)
    else {
      const over = stall.then(() => {
        running.delete(entry)
        commit(feed, transaction)
      })
      const entry: Running = { request, first: transaction.first, over: over.catch(() => undefined) }
      running.add(entry)
      await over
    }
    return transaction.results
  }

  const commit = (feed: Feed, transaction: Transaction): void => {
    const { scope } = transaction.request
    if (feeds.get(scope) !== feed)
      throw new SyncError('BACKEND_FAILED', 'The backend was restored in the middle of this transaction.')
    transaction.commit(options.now())
    if (transaction.first === null) return
    options.onCommit?.(scope, transaction.applied)
    for (const follow of followers.get(scope) ?? []) follow()
  }

  const rivalOf = (request: PushRequest): Running | undefined =>
    [...running].find((other) => other.request.scope === request.scope && contend(other.request, request))

  const isHeldIn = (scope: string) => {
    const held = new Set(
      [...running].flatMap(({ request }) => (request.scope === scope ? request.mutations.map(nameOf) : [])),
    )
    return (name: string): boolean => held.has(name)
  }

  const adapter = ({ replica }: { readonly replica?: () => unknown } = {}): BackendAdapter => {
    let closed = false
    const check = (signal?: AbortSignal): void => {
      if (closed) throw new SyncError('CLOSED', 'The adapter is closed.')
      if (signal?.aborted) throw new SyncError('ABORTED', 'The request was aborted.')
    }
    return {
      name: 'model',
      capabilities: {
        consistency: 'strict',
        orderedVersions: true,
        patch: true,
        groups: true,
        realtime: true,
        memory: 'full',
        maxBatch: 1_000,
        maxRecordBytes: MAX_RECORD_BYTES,
      },
      async open() {
        check()
      },
      async push(request, signal): Promise<PushResponse> {
        check(signal)
        const { request: checked, refused } = checkPushRequest(request)
        const results = [...(await push(checked)), ...refused]
        return { results, serverTime: options.now() }
      },
      async pull(request, signal) {
        check(signal)
        const { scope, collections, cursor, limit } = checkPullRequest(request)
        const wanted = collections.map(withCheckedFilter)
        // A snapshot is what there is now: without a cursor no replica can tell how far this client has seen.
        const behind = cursor === null ? undefined : (replica?.() as Copy | null | undefined)?.get(scope)
        const page =
          cursor === null || behind === undefined
            ? pullFrom(viewOf(scope), wanted, cursor, limit)
            : pullFromReplica(behind, wanted, cursor, limit)
        return { ...page, epoch: epochName(behind?.feed ?? feedOf(scope)), serverTime: options.now() }
      },
      async fetch(request, signal) {
        check(signal)
        const { scope, collection, ids, fields } = checkFetchRequest(request)
        return ids.flatMap((id) => {
          const stored = feedOf(scope).records.get(`${collection}/${id}`)
          return stored === undefined ? [] : [projected(stored.record, fields)]
        })
      },
      async subscribe(request, wake) {
        check()
        const { scope, cursor } = request
        const wanted = request.collections.map(withCheckedFilter)
        const page = (from: string | null, limit: number): PullResponse => ({
          ...pullFrom(viewOf(scope), wanted, from, limit),
          epoch: epochName(feedOf(scope)),
          serverTime: options.now(),
        })
        const feed = { pull: (from: string) => page(from, MOST_TOLD), head: () => page(null, 0).cursor }
        const follow = createFollower(request, feed, wake)
        // What was written between the client's last pull and this call.
        const known = cursor === null ? undefined : parseCursor(cursor)
        if (known?.position !== feedOf(scope).head) queueMicrotask(follow)
        const set = followers.get(scope) ?? new Set()
        followers.set(scope, set.add(follow))
        return { close: async () => void set.delete(follow) }
      },
      async purge({ scope, before }) {
        check()
        return purgeFeed(viewOf(scope), isHeldIn(scope), before, options.now())
      },
      async *scopes() {
        check()
        for (const [scope, { head }] of feeds) if (head > 0) yield scope
      },
      async close() {
        closed = true
      },
    }
  }

  return {
    adapter,
    // What is not visible is in no backup. The positions it took stay empty; nobody was told a cursor from there on.
    backup: (): Copy => structuredClone(new Map([...feeds.keys()].map((scope) => [scope, viewOf(scope)]))),
    restore(backup, { unnoticed = false } = {}) {
      const copy = backup as Copy
      feeds = feedsOf(copy)
      epochs += 1
      for (const [scope, { horizon }] of copy)
        beginHistory(feeds.get(scope)!, epochs, { from: horizon, unnoticed })
    },
    records: (scope) => [...feedOf(scope).records.values()].map(({ record }) => record),
    get stalled() {
      return running.size
    },
  }
}

function feedsOf(stored: Copy = new Map()): Map<string, Feed> {
  return new Map([...structuredClone(stored)].map(([scope, { feed }]) => [scope, feed]))
}
