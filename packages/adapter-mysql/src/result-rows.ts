/** The rows of `synclayer_result`: what became of accepted mutations, so that one sent again is answered again (A3). */
import type { AnswerWrite } from '@synclayer/adapter-kit'
import type { Transaction } from './database.ts'
import { type Row, runInPackets, type Session } from './session.ts'

/** Names a mutation within a feed. */
export type ResultKey = Pick<AnswerWrite, 'clientId' | 'n'>

const KEYS_PER_STATEMENT = 500

/** What is remembered of the mutations named. */
export async function readResults(
  session: Session,
  feed: number,
  keys: readonly ResultKey[],
): Promise<readonly AnswerWrite[]> {
  const rows: AnswerWrite[] = []
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    const numbersOf = new Map<string, number[]>()
    for (const { clientId, n } of keys.slice(start, start + KEYS_PER_STATEMENT)) {
      const numbers = numbersOf.get(clientId)
      if (numbers === undefined) numbersOf.set(clientId, [n])
      else numbers.push(n)
    }
    const any = [...numbersOf].map(() => '(client = ? AND n IN (?))').join(' OR ')
    const found = await session.rows(
      `SELECT client, n, identity, version FROM synclayer_result WHERE feed = ? AND (${any})`,
      [feed, ...[...numbersOf].flat()],
    )
    for (const [client, n, identity, version] of found)
      rows.push({
        clientId: String(client),
        n: Number(n),
        identity: String(identity),
        version: String(version),
      })
  }
  return rows
}

/** Remembers results. */
export async function writeResults(
  session: Transaction,
  feed: number,
  results: readonly AnswerWrite[],
  storedAt: number,
): Promise<void> {
  await runInPackets(
    session,
    'INSERT INTO synclayer_result (feed, client, n, identity, version, stored_at) VALUES ?',
    results.map(({ clientId, n, identity, version }): Row => [
      feed,
      clientId,
      n,
      identity,
      version,
      storedAt,
    ]),
    session.server.maxPacketBytes,
  )
}

/** How far a client has settled its mutations: results below are not asked for again. */
export interface Settlement {
  readonly clientId: string
  readonly below: number
}

/** Forgets what clients will not ask for again. */
export async function settleResults(
  session: Session,
  feed: number,
  settlements: readonly Settlement[],
): Promise<void> {
  if (settlements.length === 0) return
  const any = settlements.map(() => '(client = ? AND n < ?)').join(' OR ')
  await session.run(`DELETE FROM synclayer_result WHERE feed = ? AND (${any})`, [
    feed,
    ...settlements.flatMap(({ clientId, below }) => [clientId, below]),
  ])
}
