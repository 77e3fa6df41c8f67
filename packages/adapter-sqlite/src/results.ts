/** What became of accepted mutations, remembered so that a mutation sent again is answered again (A3). */
import type { Mutation, Version } from '@synclayer/core/adapter'
import type { Database } from 'better-sqlite3'

/** An answer given earlier. `reused`: the id was another mutation's. */
export type Remembered = { readonly version: Version } | 'reused' | undefined

export interface Results {
  recall(feed: number, client: string, n: number, mutation: Mutation): Remembered
  remember(
    feed: number,
    client: string,
    n: number,
    mutation: Mutation,
    version: Version,
    storedAt: number,
  ): void
  /** Forgets what the client will not ask for again. */
  settle(feed: number, client: string, below: number): void
}

/** Prepares the statements of the results. */
export function createResults(database: Database): Results {
  const recall = database
    .prepare<[number, string, number], { identity: string; version: string }>(
      `SELECT identity, version FROM synclayer_result WHERE feed = ? AND client = ? AND n = ?`,
    )
    .safeIntegers(false)
  const remember = database.prepare(`INSERT INTO synclayer_result VALUES (?, ?, ?, ?, ?, ?)`)
  const settle = database.prepare(`DELETE FROM synclayer_result WHERE feed = ? AND client = ? AND n < ?`)
  return {
    recall: (feed, client, n, mutation) => {
      const row = recall.get(feed, client, n)
      if (row === undefined) return undefined
      return row.identity === identityOf(mutation) ? { version: row.version } : 'reused'
    },
    remember: (feed, client, n, mutation, version, storedAt) => {
      remember.run(feed, client, n, identityOf(mutation), version, storedAt)
    },
    settle: (feed, client, below) => {
      settle.run(feed, client, below)
    },
  }
}

/** Tells a mutation from another with the same id: by the time of its edit, and by what it changes. */
function identityOf({ time, kind, collection, recordId }: Mutation): string {
  return `${time} ${kind} ${collection} ${recordId}`
}
