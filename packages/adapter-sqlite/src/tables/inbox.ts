/** The notes that triggers leave: which record of which scope may have changed. */
import type { Database } from 'better-sqlite3'

export interface NotedRecord {
  readonly collection: string
  readonly id: string
}

export interface Inbox {
  /** Whether anything of the scope waits. */
  isWaiting(scope: string): boolean
  /** Whether this record does. */
  has(scope: string, record: NotedRecord): boolean
  /** Up to `most` records that wait, each once. */
  next(scope: string, most: number): readonly NotedRecord[]
  /** Removes the notes of one record. Needs a write transaction. */
  clear(scope: string, record: NotedRecord): void
}

/** Prepares the statements of the inbox. */
export function createInbox(database: Database): Inbox {
  const waiting = database
    .prepare<[string], number>(`SELECT 1 FROM synclayer_inbox WHERE scope = ? LIMIT 1`)
    .pluck()
  const one = database
    .prepare<[string, string, string], number>(
      `SELECT 1 FROM synclayer_inbox WHERE scope = ? AND collection = ? AND id = ? LIMIT 1`,
    )
    .pluck()
  const next = database.prepare<[string, number], NotedRecord>(
    `SELECT DISTINCT collection, id FROM synclayer_inbox WHERE scope = ? LIMIT ?`,
  )
  const clear = database.prepare(`DELETE FROM synclayer_inbox WHERE scope = ? AND collection = ? AND id = ?`)
  return {
    isWaiting: (scope) => waiting.get(scope) !== undefined,
    has: (scope, { collection, id }) => one.get(scope, collection, id) !== undefined,
    next: (scope, most) => next.all(scope, most),
    clear: (scope, { collection, id }) => void clear.run(scope, collection, id),
  }
}
