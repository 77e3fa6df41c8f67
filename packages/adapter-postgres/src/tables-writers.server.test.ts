/** Programs that write to synced tables by plain SQL, at the same moment as clients push and pull. */
import type { BackendAdapter, Mutation } from '@synclayer/core/adapter'
import { seededRandom } from '@synclayer/core/testing'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, type Edit, openTableLab, pushAs, SIGNAL, type TableLab, TIME } from './testing/table-lab.ts'

const RECORDS = 150
/** What everyone wants: on these there is always a race. Of the others, what is missed once is never made good. */
const HOT = 6
const SCHEMA = `CREATE TABLE counter (key integer PRIMARY KEY, theirs integer NOT NULL, ours integer NOT NULL);
INSERT INTO counter SELECT n, 0, 0 FROM generate_series(1, ${RECORDS}) n`

const labs: TableLab[] = []
const programs: pg.Client[] = []
afterEach(async () => {
  await Promise.all(programs.splice(0).map((each) => each.end()))
  await Promise.all(labs.splice(0).map((each) => each.close()))
})

async function lab(): Promise<TableLab> {
  const opened = await openTableLab(SCHEMA, { counters: { table: 'counter', id: 'key' } })
  labs.push(opened)
  return opened
}

/** Another program, by a connection of its own. */
async function program({ database }: TableLab): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url })
  programs.push(client)
  await client.connect()
  return client
}

const counter = (id: number, ours: number, base: string | null, theirs = 0): Edit => ({
  collection: 'counters',
  recordId: String(id),
  base,
  data: { id: String(id), theirs, ours },
})

async function versionsOf(adapter: BackendAdapter): Promise<readonly string[]> {
  const ids = Array.from({ length: RECORDS }, (_, n) => String(n + 1))
  const records = await adapter.fetch({ scope: 'default', collection: 'counters', ids }, SIGNAL)
  return ['', ...records.map(({ version }) => version)]
}

function picker(roll: () => number): () => number {
  return () => 1 + (roll() < 0.5 ? Math.floor(roll() * HOT) : HOT + Math.floor(roll() * (RECORDS - HOT)))
}

/** Resolves once a session waits for a lock that another holds. */
async function untilOneWaits({ sql }: TableLab): Promise<void> {
  const waiting = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  await expect.poll(() => sql(waiting), { interval: 5 }).toEqual([{ count: '1' }])
}

interface Counter {
  readonly version: string
  readonly theirs: number
  readonly ours: number
}

/** A client that pulls and pushes, and keeps what it has seen. */
function client(
  adapter: BackendAdapter,
  name: string,
): {
  pull(): Promise<void>
  /** Adds one to `ours`. Answers whether it was accepted. */
  increment(id: string): Promise<boolean>
  readonly seen: ReadonlyMap<string, Counter>
} {
  const seen = new Map<string, Counter>()
  let cursor: string | null = null
  let n = 0
  return {
    seen,
    pull: async () => {
      for (let hasMore = true; hasMore;) {
        const collections = [{ name: 'counters' }]
        const page = await adapter.pull({ scope: 'default', collections, cursor, limit: 40 }, SIGNAL)
        for (const change of page.changes) {
          if (change.kind !== 'put') seen.delete(change.id)
          else seen.set(change.id, { ...(change.data as unknown as Counter), version: change.version })
        }
        cursor = page.cursor
        hasMore = page.hasMore
      }
    },
    increment: async (id) => {
      const known = seen.get(id)
      if (known === undefined) return false
      const data = { id, theirs: known.theirs, ours: known.ours + 1 }
      const mutation: Mutation = {
        id: `${name}.${++n}`,
        collection: 'counters',
        recordId: id,
        kind: 'put',
        base: known.version,
        time: TIME,
        schema: 1,
        data,
      }
      const [result] = await pushAs(adapter, name, [mutation])
      return result?.status === 'accepted'
    },
  }
}

describe('beside other programs', () => {
  test('nothing that they write is lost, nothing that is pushed is lost, and all are equal in the end', async () => {
    const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
    process.stdout.write(`SYNCLAYER_SEED=${seed}\n`)
    const shop = await lab()
    const expected = { theirs: 0, ours: 0 }
    const others = await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const sql = await program(shop)
        const roll = seededRandom(seed + index).next
        const pick = picker(roll)
        return async (): Promise<void> => {
          for (let round = 0; round < 40; round++) {
            const keys = [pick(), pick(), pick()].toSorted((a, b) => a - b)
            await sql.query('BEGIN')
            for (const key of keys)
              await sql.query('UPDATE counter SET theirs = theirs + 1, ours = ours + 1 WHERE key = $1', [key])
            if (roll() < 0.3) await sql.query('SELECT pg_sleep($1)', [roll() / 20])
            const isKept = roll() < 0.7
            await sql.query(isKept ? 'COMMIT' : 'ROLLBACK')
            if (!isKept) continue
            expected.theirs += keys.length
            expected.ours += keys.length
          }
        }
      }),
    )
    const second = await shop.open()
    const clients = ['a', 'b', 'c'].map((name, index) => client(index < 2 ? shop.adapter : second, name))
    const pushing = clients.map((each, index) => {
      const pick = picker(seededRandom(seed - 1 - index).next)
      return async (): Promise<void> => {
        for (let round = 0; round < 60; round++) {
          await each.pull()
          if (await each.increment(String(pick()))) expected.ours += 1
        }
      }
    })
    await Promise.all([...others, ...pushing].map((run) => run()))

    const told = `seed ${seed}, expected ${JSON.stringify(expected)}`
    const rows = await shop.sql(`SELECT key::text AS id, theirs, ours FROM counter ORDER BY key`)
    const sum = (name: 'theirs' | 'ours'): number => rows.reduce((all, row) => all + Number(row[name]), 0)
    expect({ theirs: sum('theirs'), ours: sum('ours') }, told).toEqual(expected)
    expect(expected.ours - expected.theirs, told).toBeGreaterThan(20)
    for (const each of clients) {
      await each.pull()
      for (const { id, theirs, ours } of rows)
        expect(each.seen.get(String(id)), told).toMatchObject({ theirs, ours })
    }
    expect(await shop.sql(`SELECT * FROM synclayer.inbox`)).toEqual([])
  }, 60_000)

  test('a row that another keeps is tried again later, and holds up no other', async () => {
    const shop = await lab()
    const versions = await versionsOf(shop.adapter)
    const other = await program(shop)
    await other.query('BEGIN; UPDATE counter SET theirs = 7 WHERE key = 1')
    const results = await shop.push([1, 2, 3].map((id) => counter(id, 1, versions[id]!)))
    expect(results.map(codeOf)).toEqual(['TIMEOUT', 'accepted', 'accepted'])
    expect((await shop.changes()).map(({ id }) => id)).toHaveLength(RECORDS)
    await shop.sql(`UPDATE counter SET theirs = 1 WHERE key = 4`)
    expect(await shop.changes()).toMatchObject([{ id: '4', data: { theirs: 1 } }])
    await other.query('COMMIT')
    expect(await shop.push([counter(1, 1, versions[1]!)])).toMatchObject([
      { status: 'conflict', current: { data: { theirs: 7, ours: 0 } } },
    ])
  })

  test('a group with a row that another keeps is tried again as a whole', async () => {
    const shop = await lab()
    const versions = await versionsOf(shop.adapter)
    const other = await program(shop)
    await other.query('BEGIN; DELETE FROM counter WHERE key = 1')
    const group = [1, 2].map((id) => ({ ...counter(id, 1, versions[id]!), group: 'g' }))
    expect((await shop.push(group)).map(codeOf)).toEqual(['TIMEOUT', 'TIMEOUT'])
    await other.query('ROLLBACK')
    expect((await shop.push(group)).map(codeOf)).toEqual(['accepted', 'accepted'])
  })

  test('what is written while its row is being taken into the feed is told next', async () => {
    const shop = await lab()
    await shop.changes()
    await shop.sql(`UPDATE counter SET theirs = 1 WHERE key = 5`)
    const other = await program(shop)
    // Keeps the pull between reading the row and removing its note.
    await other.query(`BEGIN; SELECT FROM synclayer.record WHERE id = '5' FOR UPDATE`)
    const pulling = shop.changes()
    await untilOneWaits(shop)
    await shop.sql(`UPDATE counter SET theirs = 2 WHERE key = 5`)
    await other.query('COMMIT')
    const told = [...(await pulling), ...(await shop.changes())]
    expect(told.at(-1)).toMatchObject({ id: '5', data: { theirs: 2 } })
  })

  test('a row that another is creating is waited for, and then judged by', async () => {
    const shop = await lab()
    const other = await program(shop)
    await other.query('BEGIN; INSERT INTO counter VALUES (1000, 1, 0), (1001, 1, 0)')
    const created = [1000, 1001, 1002].map((id) => counter(id, 1, null))
    expect((await shop.push(created)).map(codeOf)).toEqual(['TIMEOUT', 'TIMEOUT', 'accepted'])
    await other.query('COMMIT')
    expect((await shop.push(created.slice(0, 2))).map(codeOf)).toEqual(['conflict', 'conflict'])
    await other.query('BEGIN; INSERT INTO counter VALUES (1003, 1, 0)')
    await other.query('ROLLBACK')
    expect((await shop.push([counter(1003, 1, null)])).map(codeOf)).toEqual(['accepted'])
  })

  test('a row that another commits while its creation waits for it is tried again, and not refused', async () => {
    const shop = await lab()
    const other = await program(shop)
    await other.query('BEGIN; INSERT INTO counter VALUES (1000, 1, 0)')
    const pushing = shop.push([counter(1000, 1, null)])
    await untilOneWaits(shop)
    await other.query('COMMIT')
    expect(await pushing).toMatchObject([{ status: 'retry' }])
    expect(await shop.push([counter(1000, 1, null)])).toMatchObject([{ status: 'conflict' }])
  })

  test('a table that is being altered holds up its own records alone', async () => {
    const shop = await lab()
    await shop.changes()
    const other = await program(shop)
    await other.query('BEGIN; UPDATE counter SET theirs = 1 WHERE key = 1')
    await shop.sql(`UPDATE counter SET theirs = 2 WHERE key = 2`)
    await other.query('ALTER TABLE counter ADD COLUMN more integer')
    const note: Edit = { collection: 'notes', recordId: 'n', data: { id: 'n' } }
    expect((await shop.push([note, counter(3, 1, 'x')])).map(codeOf)).toEqual(['accepted', 'BACKEND_FAILED'])
    expect(await shop.changes()).toEqual([])
    await other.query('COMMIT')
    expect((await shop.changes()).map(({ id }) => id).toSorted()).toEqual(['1', '2'])
  })

  test('a program with no right to the schema may write, and its writes are told', async () => {
    const shop = await lab()
    await shop.changes()
    await shop.sql(
      `CREATE ROLE "${shop.database.name}"; GRANT SELECT, UPDATE ON counter TO "${shop.database.name}"`,
    )
    const other = await program(shop)
    await other.query(`SET ROLE "${shop.database.name}"; UPDATE counter SET theirs = 9 WHERE key = 9`)
    expect(await shop.changes()).toMatchObject([{ id: '9', data: { theirs: 9 } }])
    await other.query(`RESET ROLE; DROP OWNED BY "${shop.database.name}"; DROP ROLE "${shop.database.name}"`)
  })
})
