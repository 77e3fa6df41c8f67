/**
 * Wake-ups. Commits of this adapter are told at once. Those of other processes show in the heads of the feeds, which one
 * query for all subscribed scopes looks at now and then.
 */
import { createWatch, type FeedHead } from '@synclayer/adapter-kit'
import type { SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { sequenceInboxes } from './tables/sequence-inbox.ts'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Subscription
  close(): void
}

const SCOPES_PER_QUERY = 500

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend, pollIntervalMs: number): Subscriptions {
  const watch = createWatch({ pollIntervalMs, heads: (scopes) => readHeads(backend, scopes) })
  const stopListening = backend.onCommit((scope, head) => watch.at(scope, head))
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

async function readHeads(
  backend: Backend,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, FeedHead>> {
  const heads = new Map<string, FeedHead>()
  for (let start = 0; start < scopes.length; start += SCOPES_PER_QUERY) {
    const some = scopes.slice(start, start + SCOPES_PER_QUERY)
    await sequenceInboxes(backend, some, null)
    const rows = await backend.database.use('looking for changes', (session) =>
      session.rows('SELECT scope, epoch, head FROM synclayer_feed WHERE scope IN (?)', [some]),
    )
    for (const [scope, epoch, head] of rows)
      heads.set(String(scope), { epoch: String(epoch), head: Number(head) })
  }
  return heads
}
