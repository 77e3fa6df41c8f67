/**
 * Wake-ups. Writes of this adapter are told at once; those of other connections and processes show in
 * `PRAGMA data_version`, which is looked at now and then while anyone is subscribed.
 */
import { createWatch, type FeedHead } from '@synclayer/adapter-kit'
import type { SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { closed } from './connection.ts'
import { sequenceInbox } from './tables/sequence-inbox.ts'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Subscription
  close(): void
}

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend, pollIntervalMs: number): Subscriptions {
  const { database } = backend.connection
  let seen: unknown
  const watch = createWatch({
    pollIntervalMs,
    heads: async (scopes) => {
      for (const scope of scopes) await sequenceInbox(backend, scope, null)
      return readHeads(backend, scopes)
    },
    mayHaveNews: () => {
      if (!database.open) return false
      try {
        const version: unknown = database.pragma('data_version', { simple: true })
        if (version === seen) return false
        seen = version
        return true
      } catch {
        // Another process has the file for a moment, or it cannot be read.
        return true
      }
    },
  })
  const stopListening = backend.onCommit((scope) => watch.hint(scope))
  return {
    add: (request, wake) => {
      const { scope, cursor } = request
      return watch.add(request, cursor === null ? null : backend.cursors.decode(scope, cursor), wake)
    },
    close: () => {
      stopListening()
      watch.close()
    },
  }
}

function readHeads({ feeds, connection }: Backend, scopes: readonly string[]): Map<string, FeedHead> {
  if (!connection.database.open) throw closed()
  const heads = new Map<string, FeedHead>()
  for (const scope of scopes) {
    const feed = feeds.find(scope)
    if (feed !== undefined) heads.set(scope, feed)
  }
  return heads
}
