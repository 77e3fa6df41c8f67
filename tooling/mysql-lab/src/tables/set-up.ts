import { afterEach, describe, expect, test } from 'vitest'
import { codeOf } from '../calls.ts'
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

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000
type Tables = NonNullable<FamilyOptions['tables']>

const SCHEMA: readonly string[] = [
  'CREATE TABLE Artist (ArtistId INT PRIMARY KEY, Name VARCHAR(120) UNIQUE, Genre VARCHAR(20), Cover BLOB)',
  'CREATE TABLE Loose (Id INT, Name VARCHAR(20), UNIQUE KEY (Name(3)))',
  'CREATE TABLE Old (Id INT PRIMARY KEY) ENGINE = MyISAM',
  'CREATE VIEW Seen AS SELECT * FROM Artist',
  `INSERT INTO Artist (ArtistId, Name) VALUES (1, 'Yes'), (2, 'Accept')`,
]
const TABLES: Tables = { artists: { table: 'Artist', id: 'ArtistId' } }

/** Which tables are synced, and who may say so. */
export function tableSetUpTests(family: Family): void {
  describe('which tables are synced', { timeout: TIMEOUT_MS }, () => {
    let made: TablesLab | undefined
    afterEach(async () => {
      await made?.close()
      made = undefined
    }, TIMEOUT_MS)
    const lab = async (tables: Tables = TABLES, schema = SCHEMA): Promise<TablesLab> => {
      made = await createTablesLab(family, schema, tables)
      return made
    }

    test('is found in the database by a process that was not told, also after it has begun', async () => {
      const own = await lab({})
      const early = await own.open()
      const { cursor } = await requestFor(early, 'default', 'c')
      await (await own.open({ tables: TABLES })).close()
      const request = await requestFor(early, 'default', 'c')
      const mutations = [wholeMutation('c.1', put('artists', 8, { Name: 'Eight' }))]
      expect(codes((await early.push({ ...request, mutations }, SIGNAL)).results)).toEqual(['accepted'])
      expect(await own.sql('SELECT Name FROM Artist WHERE ArtistId = 8')).toEqual([{ Name: 'Eight' }])
      const collections = [{ name: 'artists' }]
      const page = await early.pull({ scope: 'default', collections, cursor, limit: 10 }, SIGNAL)
      expect(page.changes.map(({ id }) => id).toSorted()).toEqual(['1', '2', '8'])
    })

    test('many processes that open with the same tables at once set them up together', async () => {
      const own = await lab({})
      await Promise.all(Array.from({ length: 4 }, () => own.open({ tables: TABLES, maxConnections: 2 })))
      expect(await own.sql('SELECT value AS n FROM synclayer_meta WHERE name = "tables"')).toEqual([
        { n: '1' },
      ])
    })

    test('what happened while the triggers were gone is found when the table is opened again', async () => {
      const own = await lab()
      await own.changes()
      const triggers = await own.sql(
        `SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()`,
      )
      for (const { name } of triggers) await own.sql(`DROP TRIGGER \`${String(name)}\``)
      await own.sql(`DELETE FROM Artist WHERE ArtistId = 2`, `INSERT INTO Artist (ArtistId) VALUES (3)`)
      expect(await own.changed()).toEqual([])
      await own.open({ tables: TABLES })
      expect(await own.changed()).toEqual(['delete artists 2', 'put artists 3'])
    })

    test('a definition that changes takes all rows in anew', async () => {
      const own = await lab()
      await own.changes()
      await own.open({ tables: { artists: { ...TABLES['artists']!, fields: { name: 'Name' } } } })
      expect(await own.changes()).toMatchObject([
        { id: '1', data: { id: '1', name: 'Yes' } },
        { id: '2', data: { id: '2', name: 'Accept' } },
      ])
    })

    test('without `migrate` they must be set up already, and a user with no more than grants can go on', async () => {
      const own = await lab({})
      const other = { tables: { artists: { table: 'Artist', id: 'ArtistId' } } } as const
      expect(await codeOf(own.open({ ...other, migrate: false }))).toBe('INVALID_OPTION')
      await own.open(other)
      const url = await own.user((user) => [
        ...family
          .schemaSql({ database: own.database, user })
          .split(';\n')
          .filter((statement) => statement.trim() !== ''),
        `GRANT SELECT, INSERT, UPDATE, DELETE ON Artist TO '${user}'@'%'`,
      ])
      const adapter = await own.open({ ...other, url, migrate: false })
      await own.sql(`UPDATE Artist SET Genre = 'metal' WHERE ArtistId = 2`)
      const request = await requestFor(adapter, 'default', 'c')
      const mutations = [wholeMutation('c.1', put('artists', 3, { Name: 'Three' }))]
      expect(codes((await adapter.push({ ...request, mutations }, SIGNAL)).results)).toEqual(['accepted'])
    })

    test('a table may be in another database of the server', async () => {
      const own = await lab({})
      const other = `${own.database}_b`
      await own.sql(`CREATE DATABASE ${other}`)
      try {
        await own.sql(
          `CREATE TABLE ${other}.Owner (Id INT PRIMARY KEY)`,
          `CREATE TABLE ${other}.Pet (Id INT PRIMARY KEY, Owner INT, FOREIGN KEY (Owner) REFERENCES Owner (Id) ON DELETE CASCADE)`,
          `INSERT INTO ${other}.Owner VALUES (1)`,
          `INSERT INTO ${other}.Pet VALUES (1, 1)`,
        )
        const adapter = await own.open({ tables: { pets: { table: [other, 'Pet'], id: 'Id' } } })
        const request = await requestFor(adapter, 'default', 'c')
        const mutations = [wholeMutation('c.1', put('pets', 2, { Owner: 1 }))]
        expect(codes((await adapter.push({ ...request, mutations }, SIGNAL)).results)).toEqual(['accepted'])
        await own.sql(`DELETE FROM ${other}.Owner`)
        const collections = [{ name: 'pets' }]
        const page = await adapter.pull(
          { scope: 'default', collections, cursor: request.cursor, limit: 10 },
          SIGNAL,
        )
        expect(page.changes.map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual([
          'delete 1',
          'delete 2',
        ])
      } finally {
        await own.sql(`DROP DATABASE ${other}`)
      }
    })

    test('foreign users need no rights on the tables of sync', async () => {
      const own = await lab()
      await own.changes()
      const url = await own.user((user) => [
        `GRANT SELECT, INSERT, UPDATE, DELETE ON Artist TO '${user}'@'%'`,
      ])
      const { createConnection } = await import('mysql2/promise')
      const foreign = await createConnection(url)
      await foreign.query(`SET SESSION sql_mode = ''`)
      await foreign.query(`UPDATE Artist SET Genre = 'prog' WHERE ArtistId = 1`)
      await foreign.query(`INSERT INTO Artist (ArtistId) VALUES (7)`)
      await foreign.end()
      expect(await own.changed()).toEqual(['put artists 1', 'put artists 7'])
    })

    test.each<readonly [string, Tables]>([
      ['tables.x.table', { x: { table: 'Nothing', id: 'Id' } }],
      ['tables.x.table', { x: { table: 'Seen', id: 'ArtistId' } }],
      ['tables.x.table', { x: { table: 'Old', id: 'Id' } }],
      ['tables.x.table', { x: { table: 'synclayer_record', id: 'id' } }],
      ['tables.x.id', { x: { table: 'Artist', id: 'Nothing' } }],
      ['tables.x.id', { x: { table: 'Artist', id: 'Name' } }],
      ['tables.x.id', { x: { table: 'Artist', id: 'Cover' } }],
      ['tables.x.id', { x: { table: 'Loose', id: 'Name' } }],
      ['tables.x.fields', { x: { table: 'Artist', id: 'ArtistId', fields: { a: 'Nothing' } } }],
      ['tables.x.scope', { x: { table: 'Artist', id: 'ArtistId', scope: { column: 'Nothing' } } }],
      ['tables.x.scope', { x: { table: 'Artist', id: 'ArtistId', scope: { column: 'Cover' } } }],
    ])('refuses what cannot be synced, as %s', async (option, tables) => {
      await expect(lab(tables)).rejects.toMatchObject({ code: 'INVALID_OPTION', details: { option } })
    })
  })
}
