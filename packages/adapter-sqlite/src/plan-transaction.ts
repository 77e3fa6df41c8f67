/** What a write transaction on one scope's feed begins and ends with: a plan on what is there, and writing what it says. */
import { createPushPlan, type PushPlan, rowToStored } from '@synclayer/adapter-kit'
import type { Backend } from './backend.ts'
import type { DueMark, Feed } from './feed.ts'

export interface OpenPlan {
  readonly plan: PushPlan
  readonly mark: DueMark
}

/** Needs a write transaction, as does `savePlan`. */
export function openPlan({ feeds, records, results, maxRecordBytes }: Backend, feed: Feed): OpenPlan {
  const mark = feeds.markToWrite(feed)
  const plan = createPushPlan({
    feed,
    maxRecordBytes,
    mark: mark.name,
    lookups: {
      answer: (client, n) => results.recall(feed.feed, client, n),
      head: (collection, id) => records.head(feed.feed, collection, id),
      record: (collection, id) => {
        const row = records.row(feed.feed, collection, id)
        return row === undefined ? undefined : rowToStored(row)
      },
    },
  })
  return { plan, mark }
}

/** Answers the feed as it will be once committed; then `noteCommitted` is due. */
export function savePlan(backend: Backend, feed: Feed, { plan, mark }: OpenPlan): Feed {
  const { feeds, records, results } = backend
  const storedAt = backend.now()
  for (const record of plan.recordWrites) records.write(feed.feed, record, storedAt)
  for (const answer of plan.answerWrites) results.remember(feed.feed, answer, storedAt)
  if (plan.head === feed.head) return feed
  if (mark.isNew) feeds.saveMark(feed, mark)
  feeds.advance(feed, plan.head, plan.records)
  return { ...feed, head: plan.head, records: plan.records }
}

/** To be called once the transaction is committed. */
export function noteCommitted(
  { feeds, committed }: Backend,
  before: Feed,
  after: Feed,
  { mark }: OpenPlan,
): void {
  const hasMoved = after.head !== before.head
  feeds.note(after, hasMoved ? mark : undefined)
  if (hasMoved) committed(after.scope)
}
