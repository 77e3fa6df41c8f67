/** Programs that know nothing of sync, and clients, adding to the same numbers at the same time. */
import type { BackendAdapter, Mutation, PullResponse, RemoteRecord } from '@synclayer/core/adapter'
import { createConnection } from 'mysql2/promise'
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { requestFor, SIGNAL, wholeMutation } from './tables-lab.ts'

export interface WritersReport {
  /** What each number must be: what it was, and all that was added and committed or accepted. */
  readonly added: Readonly<Record<string, number>>
  /** What a client was told by following the feed from its beginning while others wrote. */
  readonly told: Readonly<Record<string, number>>
}

interface Item {
  readonly version: string
  readonly N: number
}

const COLLECTIONS = [{ name: 'items' }]

/** Adds 1 to rows 1 to `rows` of `Item`, about `times` times, over all the adapters and three connections of plain SQL. */
export async function runWriters(
  url: string,
  adapters: readonly BackendAdapter[],
  rows: number,
  times: number,
): Promise<WritersReport> {
  const added: Record<string, number> = {}
  for (let id = 1; id <= rows; id++) added[id] = id
  const add = (id: number | string): void => {
    added[id] = (added[id] ?? 0) + 1
  }
  const told: Record<string, number> = {}
  let cursor: string | null = null
  const follow = async (adapter: BackendAdapter): Promise<void> => {
    let page: PullResponse
    do {
      page = await adapter.pull({ scope: 'default', collections: COLLECTIONS, cursor, limit: 2 }, SIGNAL)
      cursor = page.cursor
      for (const change of page.changes)
        if (change.kind === 'put') told[change.id] = (change.data as { N?: number }).N ?? -1
        else delete told[change.id]
    } while (page.hasMore)
  }
  const shares = 3 + adapters.length
  let running = shares
  const share = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } finally {
      running -= 1
    }
  }
  await Promise.all([
    ...Array.from({ length: 3 }, () => share(() => writeBySql(url, rows, times / shares, add))),
    ...adapters.map((adapter, n) => share(() => writeBySync(adapter, `c${n}`, rows, times / shares, add))),
    (async () => {
      while (running > 0) await follow(adapters[0]!)
    })(),
  ])
  await follow(adapters.at(-1)!)
  return { added, told }
}

/** Transactions of one or two rows, which stay open for a moment, and of which a part is rolled back. */
async function writeBySql(
  url: string,
  rows: number,
  times: number,
  add: (id: number) => void,
): Promise<void> {
  const connection = await createConnection(url)
  try {
    for (let n = 0; n < times; n++) {
      const ids = new Set([randomInt(1, rows + 1), randomInt(1, rows + 1)])
      await connection.query('BEGIN')
      // In one order, so that these programs at least never wait for each other in a circle.
      for (const id of [...ids].toSorted((one, other) => one - other))
        await connection.query('UPDATE Item SET N = N + 1 WHERE Id = ?', [id])
      await delay(randomInt(8))
      const isKept = randomInt(4) > 0
      await connection.query(isKept ? 'COMMIT' : 'ROLLBACK')
      if (isKept) for (const id of ids) add(id)
    }
  } finally {
    await connection.end()
  }
}

/** Reads a record, and adds to it under its version, until that is accepted. */
async function writeBySync(
  adapter: BackendAdapter,
  clientId: string,
  rows: number,
  times: number,
  add: (id: number) => void,
): Promise<void> {
  let sent = 0
  for (let n = 0; n < times; n++) {
    const id = randomInt(1, rows + 1)
    let current = toItem(
      (await adapter.fetch({ scope: 'default', collection: 'items', ids: [String(id)] }, SIGNAL))[0],
    )
    let mutation = next(++sent, current)
    for (;;) {
      const request = await requestFor(adapter, 'default', clientId)
      const { results } = await adapter.push({ ...request, mutations: [mutation] }, SIGNAL)
      const [result] = results
      if (result?.status === 'accepted') break
      if (result?.status === 'conflict') {
        current = toItem(result.current ?? undefined)
        mutation = next(++sent, current)
      } else if (result?.status !== 'retry') {
        throw new Error(`Refused: ${JSON.stringify(result)}`)
      }
    }
    add(id)

    function next(number: number, { version, N }: Item): Mutation {
      const patch = { set: { '/N': N + 1 } }
      const head = { collection: 'items', recordId: String(id), kind: 'patch', base: version } as const
      return wholeMutation(`${clientId}.${number}`, { ...head, patch })
    }
  }
}

function toItem(record: RemoteRecord | undefined): Item {
  if (record === undefined || record.deleted) throw new Error('The row is gone')
  return { version: record.version, N: (record.data as { N: number }).N }
}
