/** The end of a resync: what the snapshot did not show is looked at, once, in pages (R2, R3). */
import { unseen } from '../outbox/unseen.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { RecordKey } from '../ports/storage.ts'
import { decodeRow } from '../store/record-codec.ts'
import { acknowledgedEntry } from './acknowledged.ts'
import { type FeedState, swept } from './feed-state.ts'
import { moveFeed } from './move-feed.ts'
import { type ScopeSession, tell, transitionContext } from './scope-session.ts'

const PAGE = 1_000

/** Does what the end of a resync asks for; a crash in the middle only means that it is done again. */
export async function sweep(session: ScopeSession, feed: FeedState): Promise<FeedState> {
  const { store, collections, settings } = session.deps
  const recover = feed.snapshot?.reason === 'epoch' && settings.onBackendReset === 'recover'
  for (const collection of feed.snapshot?.collections ?? []) {
    if (!collections.has(collection)) continue
    for (let after: string | null = null; ;) {
      const rows = await store.storage.scan({ collection, after, limit: PAGE })
      const keys = rows.flatMap((row) =>
        'damaged' in row || row.scope !== session.scope || decodeRow(row).sync.generation === feed.generation
          ? []
          : [{ collection, id: row.id }],
      )
      if (keys.length > 0) await sweepPage(session, keys, feed, recover)
      if (rows.length < PAGE) break
      after = rows.at(-1)!.id
    }
  }
  return moveFeed(
    session,
    (now) => (now.generation === feed.generation ? swept(now) : now),
    // The feed is followed from further on, and will not show it any more.
    feed.snapshot?.reason === 'expired' ? [acknowledgedEntry(session.scope)] : [],
  )
}

async function sweepPage(
  session: ScopeSession,
  keys: readonly RecordKey[],
  feed: FeedState,
  recover: boolean,
): Promise<void> {
  const told = await session.deps.store.submit({
    origin: 'remote',
    keys,
    run: (workspace) => {
      const events: { key: RecordKey; events: readonly TransitionEvent[] }[] = []
      for (const key of keys) {
        const state = workspace.get(key)
        if (state === null) continue
        const spec = session.deps.collections.get(key.collection)!
        const outcome = unseen(state, recover, transitionContext(session, spec, feed.generation))
        workspace.set(key, outcome.state)
        events.push({ key, events: outcome.events })
      }
      return events
    },
  })
  for (const { key, events } of told) tell(session, key, events)
}
