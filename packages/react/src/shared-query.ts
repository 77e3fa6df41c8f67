/** Finds the live query of what a component asks, and starts it where nobody asks the same. */
import type { LiveQuery } from '@synclayer/core'
import { type LiveEntry, startLiveEntry } from './live-entry.ts'
import { LOADING, NOTHING_ASKED, type QueryResult } from './query-result.ts'

/** Something to ask. Two questions with the same owner and key are the same. */
export interface Question<Data> {
  readonly owner: object
  readonly key: string
  watch(): LiveQuery<Data>
}

/** What useSyncExternalStore takes. Nothing is started before somebody subscribes or waits, so an abandoned render leaves nothing. */
export interface SharedQuery<Data> {
  subscribe(listener: () => void): () => void
  read(): QueryResult<Data>
  /** What servers render, and what hydrating begins with. */
  readBefore(): QueryResult<Data>
  /** Starts it; resolves once there is a result or an error. */
  settled(): Promise<void>
}

/**
 * By whom is asked: entries go with the client they belong to. Not in the provider's state, since React throws that away
 * when a component suspends before anything was shown, and the query would be loaded again and again.
 */
const entriesByOwner = new WeakMap<object, Map<string, LiveEntry<unknown>>>()

export function sharedQuery<Data>({ owner, key, watch }: Question<Data>): SharedQuery<Data> {
  const find = (): LiveEntry<Data> | undefined =>
    entriesByOwner.get(owner)?.get(key) as LiveEntry<Data> | undefined

  const findOrStart = (): LiveEntry<Data> => {
    const found = find()
    if (found !== undefined) return found
    const entries = entriesByOwner.get(owner) ?? new Map<string, LiveEntry<unknown>>()
    entriesByOwner.set(owner, entries)
    const started = startLiveEntry(watch, () => entries.delete(key))
    entries.set(key, started)
    return started
  }

  return {
    subscribe: (listener) => findOrStart().subscribe(listener),
    read: () => find()?.read() ?? LOADING,
    readBefore: () => LOADING,
    settled: () => findOrStart().settled(),
  }
}

const NEVER: Promise<void> = new Promise(() => undefined)

/** Asks nothing. */
export const NO_QUERY: SharedQuery<never> = {
  subscribe: () => () => undefined,
  read: () => NOTHING_ASKED,
  readBefore: () => NOTHING_ASKED,
  settled: () => NEVER,
}
