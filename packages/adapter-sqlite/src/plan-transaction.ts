/** What a write transaction on one scope's feed begins and ends with: a plan on what is there, and writing what it says. */
import { answersIn, createPushPlan, type PushPlan, rangesOf, rowToStored } from '@synclayer/adapter-kit'
import type { Backend } from './backend.ts'
import type { DueMark, Feed } from './feed.ts'

export interface OpenPlan {
  readonly plan: PushPlan
  readonly mark: DueMark
}

/** What is about to be sent to a plan: whose mutation, and which. */
export interface Sent {
  readonly clientId: string
  readonly n: number
}

/** Needs a write transaction, as does `savePlan`. */
export function openPlan(
  { feeds, records, results, maxRecordBytes }: Backend,
  feed: Feed,
  sent: readonly Sent[],
): OpenPlan {
  const mark = feeds.markToWrite(feed)
  const plan = createPushPlan({
    feed,
    maxRecordBytes,
    mark: mark.name,
    lookups: {
      answer: answersIn(rangesOf(sent).flatMap((range) => results.recall(feed.feed, range))),
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
  for (const run of plan.answerRuns) results.remember(feed.feed, run, storedAt)
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
