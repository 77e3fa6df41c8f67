/**
 * What tells the server that a scope has changed: one subscription of the adapter, and a poll where it has none.
 *
 *   cover ──▶ subscribing ──▶ subscribed ──(lost)──▶ polling, and subscribing again with growing waits
 *                  └──(refused)──▶ polling, likewise
 *
 * After each gap `onChange` is called: what happened meanwhile was told to nobody.
 */
import { type Subscription, type SyncError, toSyncError } from '@synclayer/core/adapter'
import { callAdapter } from '../operations/adapter-call.ts'
import type { RealtimeDeps } from '../realtime-deps.ts'
import { growingWaitMs } from './growing-wait.ts'
import { createHeadPoll } from './head-poll.ts'

export interface ScopeSource {
  /**
   * Sees to it that changes of these collections are told: undefined where they are already. Rejects where the adapter
   * can neither subscribe nor be read.
   */
  cover(collections: readonly string[]): Promise<void> | undefined
  close(): Promise<void>
}

export type SourceDeps = Pick<
  RealtimeDeps,
  'adapter' | 'collections' | 'limits' | 'logger' | 'random' | 'timers'
>

/** One subscription of the adapter, wanted until it is lost, replaced or closed. */
interface Connection {
  readonly collections: ReadonlySet<string>
  wanted: boolean
  subscription: Subscription | undefined
}

const RETRY = { baseMs: 500, mostMs: 30_000 }

/**
 * Creates a source that does nothing until it is asked to cover something.
 *
 * @param followed the collections that are of interest now, where the server does not say once and for all
 */
export function createScopeSource(
  deps: SourceDeps,
  scope: string,
  followed: () => Iterable<string>,
  onChange: () => void,
): ScopeSource {
  const { adapter, logger, random, timers } = deps
  const poll = createHeadPoll(deps, scope, onChange)
  let standing: Connection | undefined
  let opening: Promise<void> | undefined
  let polling = false
  let failures = 0
  let closed = false
  let cancelRetry = (): void => undefined

  const isCovered = (name: string): boolean => standing?.collections.has(name) === true

  /** True once the adapter tells of changes. */
  const subscribe = async (): Promise<boolean> => {
    const collections = new Set(deps.collections ?? followed())
    const connection: Connection = { collections, wanted: true, subscription: undefined }
    try {
      await connect(connection)
    } catch (error) {
      if (connection.wanted && !closed)
        failed(toSyncError(error, 'NETWORK', 'A scope could not be subscribed to'))
      connection.wanted = false
      return false
    }
    if (!connection.wanted || closed) {
      letGo(connection)
      return false
    }
    letGo(standing)
    standing = connection
    failures = 0
    polling = false
    poll.stop()
    cancelRetry()
    onChange()
    return true
  }
  const connect = async (connection: Connection): Promise<void> => {
    const collections = [...connection.collections].map((name) => ({ name }))
    const wake = (): void => {
      if (connection.wanted && !closed) onChange()
    }
    const lost = (error: SyncError): void => {
      if (!connection.wanted || closed) return
      connection.wanted = false
      if (standing === connection) standing = undefined
      failed(error)
    }
    await callAdapter(deps, async () => {
      connection.subscription = await adapter.subscribe!({ scope, collections, cursor: null }, wake, lost)
      // It may have been given up for too slow.
      if (!connection.wanted) letGo(connection)
    })
  }
  const failed = (error: SyncError): void => {
    logger.log('warning', 'A scope is polled, since it cannot be subscribed to', { scope, error })
    const waitMs = growingWaitMs(failures, random.next(), RETRY.baseMs, RETRY.mostMs)
    failures += 1
    cancelRetry()
    cancelRetry = timers.after(waitMs, () => {
      if (opening === undefined) void subscribe()
    })
    startPolling().catch(() => undefined)
  }
  const startPolling = (): Promise<void> => {
    polling = true
    return poll.start()
  }
  const open = async (): Promise<void> => {
    const canTell = adapter.capabilities.realtime && adapter.subscribe !== undefined
    const stands = canTell && (await subscribe())
    if (closed) return
    if (!stands) await startPolling()
    // Others may have come meanwhile.
    else if (deps.collections === null && ![...followed()].every(isCovered)) await open()
  }

  return {
    cover(collections) {
      // The poll sees every collection.
      if (polling) return poll.start()
      if (opening === undefined && standing !== undefined && collections.every(isCovered)) return undefined
      opening ??= open().finally(() => (opening = undefined))
      return opening
    },
    async close() {
      closed = true
      cancelRetry()
      poll.stop()
      const last = standing
      standing = undefined
      if (last !== undefined) await callAdapter(deps, async () => last.subscription?.close())
    },
  }
}

function letGo(connection: Connection | undefined): void {
  if (connection === undefined) return
  const { subscription } = connection
  connection.wanted = false
  connection.subscription = undefined
  subscription?.close().catch(() => undefined)
}
