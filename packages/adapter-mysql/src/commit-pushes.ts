/** One transaction for all the pushes that waited: it loads what they need, plans, and writes the plan. */
import { createPushPlan, type PushTerms, pushRefusal } from '@synclayer/adapter-kit'
import type { PushResult } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { Transaction } from './database.ts'
import type { Feed } from './feed-rows.ts'
import { type DueMark, type LockedFeed, standing } from './feeds.ts'
import { loadLookups } from './load-lookups.ts'
import type { PushWork } from './push-work.ts'
import { isRecordThere } from './record-rows.ts'
import { settleResults } from './result-rows.ts'
import { savePlan } from './save-plan.ts'
import { applyWorks } from './tables/apply-units.ts'
import type { TableMap } from './tables/synced-tables.ts'

/** What a transaction came to. */
interface Committed {
  readonly feed: Feed
  /** The mark it wrote under; undefined where nothing was written. */
  readonly mark: DueMark | undefined
  readonly results: readonly (readonly PushResult[])[]
}

/**
 * Answers each work. Rejects where nothing is known of any of them.
 *
 * Most records that are said to be new are so: none is looked for, and where the table has one after all, the transaction is
 * undone and made again with a look at each (A2).
 */
export async function commitPushes(
  backend: Backend,
  scope: string,
  works: readonly PushWork[],
): Promise<readonly (readonly PushResult[])[]> {
  try {
    return await commit(backend, scope, works, true)
  } catch (error) {
    if (!(error instanceof Error && isRecordThere(error.cause))) throw error
    return commit(backend, scope, works, false)
  }
}

async function commit(
  backend: Backend,
  scope: string,
  works: readonly PushWork[],
  trustCreates: boolean,
): Promise<readonly (readonly PushResult[])[]> {
  const { database, feeds, settlements } = backend
  const due = settlements.due(works.map(({ request }) => request))
  const seen = feeds.memory.seen(scope)
  const from = Math.min(...works.map(({ place }) => place?.position ?? Number.MAX_SAFE_INTEGER))
  const { feed, mark, results } = await database.write(
    'pushing',
    null,
    async (session): Promise<Committed> => {
      const found = await feeds.take(session, scope, seen, from)
      const tables = await backend.tables.at(session, found.generation)
      const { open, terms } = await admit(backend, session, found, works)
      const committed = await apply(backend, session, open, { tables, works, terms, trustCreates })
      await settleResults(session, found.feed.feed, due)
      return committed
    },
  )
  feeds.memory.note(scope, feed, mark)
  settlements.done(scope, due)
  if (mark !== undefined) backend.committed(scope, feed)
  return results
}

/** On what terms each work is applied. Where one of them knows of a history that was undone, the epoch ends for all. */
async function admit(
  { feeds }: Backend,
  session: Transaction,
  found: LockedFeed,
  works: readonly PushWork[],
): Promise<{ readonly open: LockedFeed; readonly terms: readonly PushTerms[] }> {
  const standings = works.map(({ place }) => standing(found, place))
  const open = standings.includes('lost') ? await feeds.beginEpoch(session, found) : found
  const terms = works.map(({ request: { clientId, epoch, fields = {} } }, index) => ({
    clientId,
    fields,
    refusal: pushRefusal(open.feed, standings[index]!, epoch),
  }))
  return { open, terms }
}

interface Applying {
  readonly tables: TableMap
  readonly works: readonly PushWork[]
  /** On which each work is applied, in their order. */
  readonly terms: readonly PushTerms[]
  readonly trustCreates: boolean
}

async function apply(
  backend: Backend,
  session: Transaction,
  open: LockedFeed,
  { tables, works, terms, trustCreates }: Applying,
): Promise<Committed> {
  const { feed } = open
  const { feeds, maxRecordBytes, now } = backend
  const lookups = await loadLookups(session, { feed: feed.feed, works, tables, trustCreates })
  const mark = feeds.markToWrite(open)
  const plan = createPushPlan({ feed, lookups, mark: mark.name, maxRecordBytes })
  const target = { session, scope: feed.scope, plan, tables, context: { ...backend, now: now() } }
  const results = await applyWorks(target, works, terms)
  return { ...(await savePlan(session, feed, plan, mark, now())), results }
}
