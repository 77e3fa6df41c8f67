/**
 * The rows of `synclayer_result`: what became of accepted mutations, so that one sent again is answered again (A3). A row is
 * a run of them.
 */
import type { AnswerRun, NumberRange } from '@synclayer/adapter-kit'
import type { Transaction } from './database.ts'
import { type Row, runInPackets, type Session } from './session.ts'

const RANGES_PER_STATEMENT = 200

/** The runs that hold numbers of the ranges. */
export async function readRuns(
  session: Session,
  feed: number,
  ranges: readonly NumberRange[],
): Promise<readonly AnswerRun[]> {
  const runs: AnswerRun[] = []
  for (let start = 0; start < ranges.length; start += RANGES_PER_STATEMENT) {
    const some = ranges.slice(start, start + RANGES_PER_STATEMENT)
    const any = some.map(() => '(client = ? AND last >= ? AND first <= ?)').join(' OR ')
    const found = await session.rows(
      `SELECT client, first, last, version, identities FROM synclayer_result WHERE feed = ? AND (${any})`,
      [feed, ...some.flatMap(({ clientId, from, to }) => [clientId, from, to])],
    )
    runs.push(...found.map(toRun))
  }
  return runs
}

function toRun([client, first, last, version, identities]: Row): AnswerRun {
  return {
    clientId: String(client),
    first: Number(first),
    last: Number(last),
    version: String(version),
    identities: String(identities),
  }
}

/** Remembers runs. */
export async function writeRuns(
  session: Transaction,
  feed: number,
  runs: readonly AnswerRun[],
  storedAt: number,
): Promise<void> {
  await runInPackets(
    session,
    'INSERT INTO synclayer_result (feed, client, last, first, version, identities, stored_at) VALUES ?',
    runs.map(({ clientId, first, last, version, identities }): Row => [
      feed,
      clientId,
      last,
      first,
      version,
      identities,
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

/** Forgets what clients will not ask for again. A run of which a part may still be asked for stays whole. */
export async function settleResults(
  session: Session,
  feed: number,
  settlements: readonly Settlement[],
): Promise<void> {
  if (settlements.length === 0) return
  const any = settlements.map(() => '(client = ? AND last < ?)').join(' OR ')
  await session.run(`DELETE FROM synclayer_result WHERE feed = ? AND (${any})`, [
    feed,
    ...settlements.flatMap(({ clientId, below }) => [clientId, below]),
  ])
}
