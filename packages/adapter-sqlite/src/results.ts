/** What became of accepted mutations, remembered so that a mutation sent again is answered again (A3). */
import type { AnswerWrite, StoredAnswer } from '@synclayer/adapter-kit'
import type { Database } from 'better-sqlite3'

export interface Results {
  recall(feed: number, client: string, n: number): StoredAnswer | undefined
  remember(feed: number, answer: AnswerWrite, storedAt: number): void
  /** Forgets what the client will not ask for again. */
  settle(feed: number, client: string, below: number): void
}

/** Prepares the statements of the results. */
export function createResults(database: Database): Results {
  const recall = database
    .prepare<[number, string, number], StoredAnswer>(
      `SELECT identity, version FROM synclayer_result WHERE feed = ? AND client = ? AND n = ?`,
    )
    .safeIntegers(false)
  const remember = database.prepare(`INSERT INTO synclayer_result VALUES (?, ?, ?, ?, ?, ?)`)
  const settle = database.prepare(`DELETE FROM synclayer_result WHERE feed = ? AND client = ? AND n < ?`)
  return {
    recall: (feed, client, n) => recall.get(feed, client, n),
    remember: (feed, { clientId, n, identity, version }, storedAt) => {
      remember.run(feed, clientId, n, identity, version, storedAt)
    },
    settle: (feed, client, below) => {
      settle.run(feed, client, below)
    },
  }
}
