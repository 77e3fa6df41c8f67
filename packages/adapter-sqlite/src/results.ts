/** What became of accepted mutations, remembered so that a mutation sent again is answered again (A3). A row is a run of them. */
import type { AnswerRun, NumberRange } from '@synclayer/adapter-kit'
import type { Database } from 'better-sqlite3'

export interface Results {
  /** The runs that hold numbers of the range. */
  recall(feed: number, range: NumberRange): readonly AnswerRun[]
  remember(feed: number, run: AnswerRun, storedAt: number): void
  /** Forgets what the client will not ask for again. A run of which a part may still be asked for stays whole. */
  settle(feed: number, client: string, below: number): void
}

/** Prepares the statements of the results. */
export function createResults(database: Database): Results {
  const recall = database
    .prepare<[number, string, number, number], AnswerRun>(
      `SELECT client AS clientId, first, last, version, identities FROM synclayer_result
       WHERE feed = ? AND client = ? AND last >= ? AND first <= ?`,
    )
    .safeIntegers(false)
  const remember = database.prepare(
    `INSERT INTO synclayer_result (feed, client, last, first, version, identities, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const settle = database.prepare(`DELETE FROM synclayer_result WHERE feed = ? AND client = ? AND last < ?`)
  return {
    recall: (feed, { clientId, from, to }) => recall.all(feed, clientId, from, to),
    remember: (feed, { clientId, first, last, version, identities }, storedAt) => {
      remember.run(feed, clientId, last, first, version, identities, storedAt)
    },
    settle: (feed, client, below) => {
      settle.run(feed, client, below)
    },
  }
}
