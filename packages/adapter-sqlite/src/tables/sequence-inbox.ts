/**
 * Sequencing: what other programs wrote to the user's tables gets its place in the feed. Each record that was noted is read
 * as it is now, under the write lock, and its notes are removed with what was made of it.
 */
import { type Prepared, type PushPlan, sequenceRow } from '@synclayer/adapter-kit'
import type { Backend } from '../backend.ts'
import { noteCommitted, openPlan, savePlan } from '../plan-transaction.ts'
import type { NotedRecord } from './inbox.ts'

// Records that one transaction takes from the inbox, so that other work gets its turn.
const RECORDS_PER_TRANSACTION = 500

/** Brings the feed up to date with the user's tables, in steps. Called before anything is read from it. */
export async function sequenceInbox(
  backend: Backend,
  scope: string,
  signal: AbortSignal | null,
): Promise<void> {
  const { connection, feeds, inbox, tables } = backend
  if (tables.size === 0) return
  let isWaiting = await connection.read('reading the inbox', signal, () => inbox.isWaiting(scope))
  while (isWaiting) {
    const { count, feed, after, open } = await connection.write('reading the inbox', signal, () => {
      const found = feeds.take(scope)
      const feed = feeds.isRewound(found) ? feeds.beginEpoch(found) : found
      const open = openPlan(backend, feed, [])
      const records = inbox.next(scope, RECORDS_PER_TRANSACTION)
      for (const record of records) take(backend, open.plan, scope, record)
      return { count: records.length, feed, after: savePlan(backend, feed, open), open }
    })
    noteCommitted(backend, feed, after, open)
    isWaiting = count === RECORDS_PER_TRANSACTION
    if (isWaiting) await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * Takes into the plan what waits of the records that are about to be changed, so that mutations are judged by what is there
 * now. Needs a write transaction.
 */
export function sequenceFor(
  backend: Backend,
  plan: PushPlan,
  scope: string,
  mutations: readonly Prepared[],
): void {
  if (backend.tables.size === 0) return
  for (const { mutation } of mutations) {
    // What was refused as it came may be anything.
    const { collection, recordId: id } = (mutation ?? {}) as Partial<Prepared['mutation']>
    if (typeof collection !== 'string' || typeof id !== 'string' || !backend.tables.has(collection)) continue
    if (backend.inbox.has(scope, { collection, id })) take(backend, plan, scope, { collection, id })
  }
}

function take(backend: Backend, plan: PushPlan, scope: string, record: NotedRecord): void {
  const { collection, id } = record
  const table = backend.tables.get(collection)
  if (table !== undefined) {
    const document = table.rows.read(scope, id)
    sequenceRow(plan, { table: table.mapping.table, id, document }, { ...backend, now: backend.now() })
  }
  backend.inbox.clear(scope, record)
}
