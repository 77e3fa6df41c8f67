/** One transaction for all the pushes that waited: it loads what they need, plans, and writes the plan. */
import {
  applyAtOnce,
  createPushPlan,
  type PushPlan,
  type PushTerms,
  pushRefusal,
} from '@synclayer/adapter-kit'
import type { PushResult } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { Transaction } from './database.ts'
import { type Feed, updateFeed, writeMark } from './feed-rows.ts'
import { type DueMark, type LockedFeed, standing } from './feeds.ts'
import { loadLookups } from './load-lookups.ts'
import type { PushWork } from './push-work.ts'
import { writeRecords } from './record-rows.ts'
import { settleResults, writeResults } from './result-rows.ts'

/** What a transaction came to. */
interface Committed {
  readonly feed: Feed
  /** The mark it wrote under; undefined where nothing was written. */
  readonly mark: DueMark | undefined
  readonly results: readonly (readonly PushResult[])[]
}

/** Answers each work. Rejects where nothing is known of any of them. */
export async function commitPushes(
  backend: Backend,
  scope: string,
  works: readonly PushWork[],
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
      const { open, terms } = await admit(backend, session, found, works)
      const committed = await apply(backend, session, open, works, terms)
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

async function apply(
  { feeds, maxRecordBytes, now }: Backend,
  session: Transaction,
  open: LockedFeed,
  works: readonly PushWork[],
  terms: readonly PushTerms[],
): Promise<Committed> {
  const { feed } = open
  const lookups = await loadLookups(session, feed.feed, works)
  const mark = feeds.markToWrite(open)
  const plan = createPushPlan({ feed, lookups, mark: mark.name, maxRecordBytes })
  const results = works.map(({ units }, index) =>
    units.flatMap((unit) => applyAtOnce(plan, terms[index]!, unit)),
  )
  const hasMoved = plan.head !== feed.head
  const moved = { ...feed, head: plan.head, records: plan.records }
  if (hasMoved) await writePlan(session, moved, plan, now())
  if (hasMoved && mark.isNew) await writeMark(session, feed.feed, mark)
  return { feed: moved, mark: hasMoved ? mark : undefined, results }
}

async function writePlan(session: Transaction, feed: Feed, plan: PushPlan, storedAt: number): Promise<void> {
  await writeRecords(session, feed.feed, [...plan.recordWrites], storedAt)
  await writeResults(session, feed.feed, [...plan.answerWrites], storedAt)
  await updateFeed(session, feed)
}
