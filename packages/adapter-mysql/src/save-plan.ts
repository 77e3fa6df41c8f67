import type { PushPlan } from '@synclayer/adapter-kit'
import type { Transaction } from './database.ts'
import { type Feed, updateFeed, writeMark } from './feed-rows.ts'
import type { DueMark } from './feeds.ts'
import { writeRecords } from './record-rows.ts'
import { writeRuns } from './result-rows.ts'

export interface SavedFeed {
  /** The feed as it is once the transaction is committed. */
  readonly feed: Feed
  /** The mark it was written under; undefined where nothing was. */
  readonly mark: DueMark | undefined
}

/** Writes what a plan on a locked feed has come to. */
export async function savePlan(
  session: Transaction,
  feed: Feed,
  plan: PushPlan,
  mark: DueMark,
  storedAt: number,
): Promise<SavedFeed> {
  if (plan.head === feed.head) return { feed, mark: undefined }
  const moved = { ...feed, head: plan.head, records: plan.records }
  await writeRecords(session, feed.feed, [...plan.recordWrites], storedAt)
  await writeRuns(session, feed.feed, plan.answerRuns, storedAt)
  await updateFeed(session, moved)
  if (mark.isNew) await writeMark(session, feed.feed, mark)
  return { feed: moved, mark }
}
