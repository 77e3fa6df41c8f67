import type { BackendAdapter } from '@synclayer/core/adapter'
import { createConnection, type Connection } from 'mysql2/promise'
import { afterEach, describe, expect, test } from 'vitest'
import type { Family, FamilyOptions } from '../family.ts'
import {
  codes,
  createTablesLab,
  put,
  requestFor,
  SIGNAL,
  type TablesLab,
  wholeMutation,
} from './tables-lab.ts'
import { runWriters } from './writers.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 120_000
const SCHEMA: readonly string[] = [
  'CREATE TABLE Parent (Id INT PRIMARY KEY)',
  `CREATE TABLE Item (Id INT PRIMARY KEY, N INT NOT NULL DEFAULT 0, Note VARCHAR(40), Parent INT,
     FOREIGN KEY (Parent) REFERENCES Parent (Id))`,
  'INSERT INTO Parent VALUES (1)',
  `INSERT INTO Item (Id, N) VALUES (1, 1), (2, 2), (3, 3)`,
]
const TABLES = { items: { table: 'Item', id: 'Id' } } as const

/** Other programs that write at the same time, and keep their transactions open. */
export function tableContentionTests(family: Family): void {
  describe('others who write the tables', { timeout: TIMEOUT_MS }, () => {
    const connections: Connection[] = []
    let made: TablesLab | undefined
    afterEach(async () => {
      for (const connection of connections.splice(0)) await connection.end()
      await made?.close()
      made = undefined
    }, TIMEOUT_MS)
    const lab = async (options: FamilyOptions = {}): Promise<TablesLab> => {
      made = await createTablesLab(family, SCHEMA, TABLES, options)
      await made.changes()
      return made
    }
    const begin = async ({ url }: TablesLab): Promise<Connection> => {
      const other = await createConnection(url)
      connections.push(other)
      await other.query('SET SESSION innodb_lock_wait_timeout = 2')
      await other.query('BEGIN')
      return other
    }
    const edit = async ({ versionOf }: TablesLab, id: number, N: number): Promise<object> => ({
      ...put('items', id, { N, Note: null, Parent: null }),
      base: await versionOf('items', String(id)),
    })

    test('hold up neither pulls nor pushes of other records, however long they take', async () => {
      const own = await lab()
      const other = await begin(own)
      await other.query('UPDATE Item SET N = 10 WHERE Id = 1')
      await other.query('INSERT INTO Item (Id, N) VALUES (4, 4)')
      await own.sql('UPDATE Item SET N = 20 WHERE Id = 2')
      expect(await own.changed()).toEqual(['put items 2'])
      expect(codes(await own.push(await edit(own, 3, 30), put('items', 5, { N: 5 })))).toEqual([
        'accepted',
        'accepted',
      ])
      await other.query('ROLLBACK')
      expect(await own.changed()).toEqual(['put items 3', 'put items 5'])
    })

    test('are never held up by a pull, though their notes lie among those that are taken', async () => {
      const own = await lab()
      const other = await begin(own)
      await other.query('UPDATE Item SET N = N + 1 WHERE Id = 1')
      for (let n = 0; n < 5; n++) await own.sql('UPDATE Item SET N = N + 1 WHERE Id > 1')
      expect(await own.changed()).toEqual(['put items 2', 'put items 3'])
      await other.query('UPDATE Item SET N = N + 1 WHERE Id = 1')
      await other.query('COMMIT')
      expect(await own.changes()).toMatchObject([{ id: '1', data: { N: 3 } }])
    })

    test('a push waits for whoever holds its row, and is judged by what they made of it', async () => {
      const own = await lab()
      const base = await own.versionOf('items', '1')
      const request = await requestFor(own.adapter, 'default', 'c')
      const other = await begin(own)
      await other.query('UPDATE Item SET N = 10 WHERE Id = 1')
      const mutations = [wholeMutation('c.1', { ...put('items', 1, { N: 11 }), base })]
      const pushed = own.adapter.push({ ...request, mutations }, SIGNAL)
      await own.sql('DO SLEEP(0.3)')
      await other.query('COMMIT')
      expect((await pushed).results).toMatchObject([{ status: 'conflict', current: { data: { N: 10 } } }])
      expect(await own.sql('SELECT N FROM Item WHERE Id = 1')).toEqual([{ N: 10 }])
    })

    test('where they do not let go in time the mutation is to be sent again, and nothing is lost', async () => {
      const own = await lab({ lockTimeout: 1_000 })
      const mine = await edit(own, 1, 11)
      const other = await begin(own)
      await other.query('SELECT * FROM Item WHERE Id = 1 FOR UPDATE')
      expect(await own.push(mine, put('items', 6, { N: 6 }))).toMatchObject([
        { status: 'retry' },
        { status: 'accepted' },
      ])
      await other.query('UPDATE Item SET N = 10 WHERE Id = 1')
      await other.query('COMMIT')
      expect(await own.push(mine)).toMatchObject([{ status: 'conflict', current: { data: { N: 10 } } }])
    })

    test('what a foreign key must wait for is to be sent again, and others go on meanwhile', async () => {
      const own = await lab({ lockTimeout: 1_000 })
      const other = await begin(own)
      await other.query('SELECT * FROM Parent FOR UPDATE')
      const [child] = await own.push(put('items', 7, { Parent: 1 }))
      expect(child).toMatchObject({ status: 'retry' })
      expect(codes(await own.push(put('items', 8, {})))).toEqual(['accepted'])
      await other.query('ROLLBACK')
      expect(codes(await own.push(put('items', 7, { Parent: 1 })))).toEqual(['accepted'])
    })

    test('who inserts the same id first is a conflict once it is committed', async () => {
      const own = await lab()
      const request = await requestFor(own.adapter, 'default', 'c')
      const other = await begin(own)
      await other.query('INSERT INTO Item (Id, N) VALUES (9, 9)')
      const mutations = [wholeMutation('c.1', put('items', 9, { N: 1 }))]
      const pushed = own.adapter.push({ ...request, mutations }, SIGNAL)
      await own.sql('DO SLEEP(0.3)')
      await other.query('COMMIT')
      expect((await pushed).results).toMatchObject([{ status: 'conflict', current: { data: { N: 9 } } }])
    })

    test('many writers and many clients end with the same rows, and no update is lost', async () => {
      const own = await lab()
      const adapters: readonly BackendAdapter[] = [own.adapter, await own.open()]
      const { added, told } = await runWriters(own.url, adapters, 3, 400)
      const rows = await own.sql('SELECT Id, N FROM Item ORDER BY Id')
      expect(Object.fromEntries(rows.map(({ Id, N }) => [String(Id), N]))).toEqual(told)
      for (const [id, sum] of Object.entries(added)) expect([id, told[id]]).toEqual([id, sum])
      expect(await own.sql('SELECT * FROM synclayer_inbox')).toEqual([])
    })
  })
}
