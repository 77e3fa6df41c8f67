/**
 * Sequencing: what other programs wrote to the user's tables gets its place in the feed. Triggers have noted which records
 * may have changed; each is read as it is now, under the write lock, and its note is removed with what was made of it.
 */
import { type Prepared, type PushPlan, sequenceRow } from '@synclayer/adapter-kit'
import type { Database } from 'better-sqlite3'
import type { Backend } from '../backend.ts'
import { noteCommitted, openPlan, savePlan } from '../plan-transaction.ts'

export interface Inbox {
  /** Whether anything of the scope waits. */
  isWaiting(scope: string): boolean
  /** Takes up to `most` records of the scope into the plan. Answers whether more may wait. Needs a write transaction. */
  sequence(backend: Backend, plan: PushPlan, scope: string, most: number): boolean
  /** Takes these records into the plan, so that mutations are judged by what is there now. Needs a write transaction. */
  sequenceOne(backend: Backend, plan: PushPlan, scope: string, collection: string, id: string): void
  /** Removes the notes of one record: what is there is this transaction's own write. */
  clear(scope: string, collection: string, id: string): void
}

export function createInbox(database: Database): Inbox {
  const waiting = database
    .prepare<[string], number>(`SELECT 1 FROM synclayer_inbox WHERE scope = ? LIMIT 1`)
    .pluck()
  const next = database.prepare<[string, number], { collection: string; id: string }>(
    `SELECT DISTINCT collection, id FROM synclayer_inbox WHERE scope = ? LIMIT ?`,
  )
  const one = database
    .prepare<[string, string, string], number>(
      `SELECT 1 FROM synclayer_inbox WHERE scope = ? AND collection = ? AND id = ? LIMIT 1`,
    )
    .pluck()
  const clear = database.prepare(`DELETE FROM synclayer_inbox WHERE scope = ? AND collection = ? AND id = ?`)

  const take = (backend: Backend, plan: PushPlan, scope: string, collection: string, id: string): void => {
    const table = backend.tables.get(collection)
    if (table !== undefined) {
      const document = table.rows.read(scope, id)
      sequenceRow(plan, { table: table.mapping.table, id, document }, { ...backend, now: backend.now() })
    }
    clear.run(scope, collection, id)
  }
  return {
    isWaiting: (scope) => waiting.get(scope) !== undefined,
    sequence: (backend, plan, scope, most) => {
      const records = next.all(scope, most)
      for (const { collection, id } of records) take(backend, plan, scope, collection, id)
      return records.length === most
    },
    sequenceOne: (backend, plan, scope, collection, id) => {
      if (one.get(scope, collection, id) !== undefined) take(backend, plan, scope, collection, id)
    },
    clear: (scope, collection, id) => void clear.run(scope, collection, id),
  }
}

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
  const look = (): Promise<boolean> =>
    connection.read('reading the inbox', signal, () => inbox.isWaiting(scope))
  for (let isWaiting = await look(); isWaiting;) {
    const { more, feed, after, open } = await connection.write('reading the inbox', signal, () => {
      const found = feeds.take(scope)
      const feed = feeds.isRewound(found) ? feeds.beginEpoch(found) : found
      const open = openPlan(backend, feed)
      const more = inbox.sequence(backend, open.plan, scope, RECORDS_PER_TRANSACTION)
      return { more, feed, after: savePlan(backend, feed, open), open }
    })
    noteCommitted(backend, feed, after, open)
    isWaiting = more
    if (more) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Takes into the plan what waits of the records that are about to be changed. Needs a write transaction. */
export function sequenceFor(
  backend: Backend,
  plan: PushPlan,
  scope: string,
  mutations: readonly Prepared[],
): void {
  if (backend.tables.size === 0) return
  for (const { mutation } of mutations) {
    const { collection, recordId } = (mutation ?? {}) as Partial<Prepared['mutation']>
    if (typeof collection !== 'string' || typeof recordId !== 'string') continue
    if (backend.tables.has(collection)) backend.inbox.sequenceOne(backend, plan, scope, collection, recordId)
  }
}
