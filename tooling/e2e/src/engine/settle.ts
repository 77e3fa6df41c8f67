/** Bringing clients to rest, and looking at what they hold. */
import type { Account, Counter, EngineClient, Note } from './programs/engine-program.ts'

const MOST_ROUNDS = 50

/** Syncs all clients in turn until none has anything to send or to take; answers how many rounds that took. */
export async function settleAll(clients: readonly EngineClient[]): Promise<number> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    let moved = 0
    for (const client of clients) {
      const { pushed, pulled } = await client.sync()
      moved += pushed + pulled + client.status.pending
    }
    if (moved === 0) return round
  }
  throw new Error(`The clients have not settled in ${MOST_ROUNDS} rounds.`)
}

/** All documents, by collection, in the order of their ids. */
export interface Content {
  readonly notes: readonly Note[]
  readonly counters: readonly Counter[]
  readonly accounts: readonly Account[]
}

/** All that a client holds. */
export async function contentOf(client: EngineClient): Promise<Content> {
  return {
    notes: await client.collection('notes').getAll(),
    counters: await client.collection('counters').getAll(),
    accounts: await client.collection('accounts').getAll(),
  }
}
