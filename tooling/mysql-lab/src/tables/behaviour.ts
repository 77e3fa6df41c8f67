import type { Json, Mutation, PushResult } from '@synclayer/core/adapter'
import { once } from 'node:events'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
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

const SCHEMA: readonly string[] = [
  `CREATE TABLE Artist (ArtistId INT PRIMARY KEY, Name VARCHAR(120) NOT NULL UNIQUE)`,
  `CREATE TABLE Album (
     AlbumId INT PRIMARY KEY,
     Title VARCHAR(160) NOT NULL DEFAULT 'untitled',
     ArtistId INT NOT NULL,
     Price DECIMAL(10, 2),
     Cover BLOB,
     Tags JSON,
     Live TINYINT(1) NOT NULL DEFAULT 0,
     Shout VARCHAR(160) AS (UPPER(Title)),
     CONSTRAINT AlbumArtist FOREIGN KEY (ArtistId) REFERENCES Artist (ArtistId) ON DELETE CASCADE,
     CONSTRAINT Priced CHECK (Price >= 0)
   )`,
  `INSERT INTO Artist VALUES (1, 'AC/DC'), (2, 'Accept')`,
  `INSERT INTO Album (AlbumId, Title, ArtistId, Price, Tags) VALUES (1, 'Let There Be Rock', 1, 9.5, '["hard"]')`,
]
const TABLES = {
  artists: { table: 'Artist', id: 'ArtistId', fields: { name: 'Name' } },
  albums: { table: 'Album', id: 'AlbumId' },
} as const

/** What users of a synced table rely on. */
export function tableTests(family: Family): void {
  const labs: TablesLab[] = []
  const lab = async (
    schema: readonly string[] = SCHEMA,
    tables: NonNullable<FamilyOptions['tables']> = TABLES,
  ): Promise<TablesLab> => {
    const made = await createTablesLab(family, schema, tables)
    labs.push(made)
    return made
  }
  const closeAll = async (): Promise<void> => {
    for (const made of labs.splice(0)) await made.close()
  }
  const album = (id: number, data: Record<string, Json>): Partial<Mutation> => put('albums', id, data)
  afterEach(closeAll, TIMEOUT_MS)
  afterAll(closeAll, TIMEOUT_MS)

  describe('a table that is already there', { timeout: TIMEOUT_MS }, () => {
    test('is pulled with what was in it before, each type as JSON has it', async () => {
      const { changes } = await lab()
      const byId = (await changes()).toSorted((a, b) =>
        `${a.collection} ${a.id}`.localeCompare(`${b.collection} ${b.id}`),
      )
      expect(byId).toMatchObject([
        {
          kind: 'put',
          collection: 'albums',
          id: '1',
          data: {
            id: '1',
            Title: 'Let There Be Rock',
            ArtistId: 1,
            Price: '9.50',
            Cover: null,
            Tags: ['hard'],
            Live: false,
            Shout: 'LET THERE BE ROCK',
          },
        },
        { kind: 'put', collection: 'artists', id: '1', data: { id: '1', name: 'AC/DC' } },
        { kind: 'put', collection: 'artists', id: '2', data: { id: '2', name: 'Accept' } },
      ])
    })

    test('tells of what other programs insert, change and delete, and only of that', async () => {
      const { changed, changes, sql } = await lab()
      await changes()
      await sql(`UPDATE Artist SET Name = 'Accept!' WHERE ArtistId = 2`, `UPDATE Artist SET Name = Name`)
      expect(await changes()).toMatchObject([
        { kind: 'put', collection: 'artists', id: '2', data: { name: 'Accept!' } },
      ])
      await sql(`INSERT INTO Artist VALUES (3, 'Yes')`, `DELETE FROM Artist WHERE ArtistId = 2`)
      expect(await changed()).toEqual(['delete artists 2', 'put artists 3'])
      expect(await changes()).toEqual([])
      await sql(`INSERT INTO Artist VALUES (3, 'Yes!') ON DUPLICATE KEY UPDATE Name = 'Yes!'`)
      await sql(`REPLACE INTO Artist VALUES (4, 'AC/DC')`)
      expect(await changed()).toEqual([
        'delete albums 1',
        'delete artists 1',
        'put artists 3',
        'put artists 4',
      ])
    })

    test('tells of a row whose id was changed', async () => {
      const { changed, changes, sql } = await lab()
      await changes()
      await sql('UPDATE Artist SET ArtistId = 6 WHERE ArtistId = 2')
      expect(await changed()).toEqual(['delete artists 2', 'put artists 6'])
    })

    test('wakes who is subscribed when another program writes', async () => {
      const { adapter, changes, sql } = await lab()
      await changes()
      const { cursor } = await requestFor(adapter, 'default', 'c')
      const woken = new EventTarget()
      const subscription = await adapter.subscribe!(
        { scope: 'default', collections: [], cursor },
        () => woken.dispatchEvent(new Event('wake')),
        () => undefined,
      )
      const wake = once(woken, 'wake')
      await sql(`INSERT INTO Artist VALUES (3, 'Yes')`)
      expect(await wake).toHaveLength(1)
      await subscription.close()
    })

    test('is written by pushes, and answers with what the table has made of it', async () => {
      const { changes, push, sql, versionOf } = await lab()
      await changes()
      const cover = Buffer.from([0, 255, 1]).toString('base64')
      const [created] = await push(
        album(2, { ArtistId: 2, Price: 12.5, Cover: cover, Tags: { a: [1] }, Live: true }),
      )
      expect(created).toMatchObject({
        status: 'accepted',
        data: { id: '2', Title: 'untitled', Price: '12.50', Cover: cover, Tags: { a: [1] }, Live: true },
      })
      const select = `SELECT Title, CAST(Price AS CHAR) AS Price, HEX(Cover) AS Cover, Live FROM Album WHERE AlbumId = 2`
      expect(await sql(select)).toEqual([{ Title: 'untitled', Price: '12.50', Cover: '00FF01', Live: 1 }])
      const base = await versionOf('albums', '2')
      const patch = { set: { '/Title': 'Balls', '/Tags/a': [2] } }
      const [patched] = await push({ collection: 'albums', recordId: '2', kind: 'patch', base, patch })
      expect(patched).toMatchObject({
        status: 'accepted',
        data: { Title: 'Balls', Tags: { a: [2] }, Shout: 'BALLS' },
      })
      const [gone] = await push({
        collection: 'albums',
        recordId: '2',
        kind: 'delete',
        base: await versionOf('albums', '2'),
      })
      expect(gone).toMatchObject({ status: 'accepted' })
      expect(await sql(select)).toEqual([])
      // One's own writes are no news of another program's.
      expect(await changes()).toMatchObject([{ kind: 'delete', id: '2', mutation: 'c.3' }])
      expect(await sql('SELECT * FROM synclayer_inbox')).toEqual([])
      expect(await changes()).toEqual([])
    })

    test('what a push cascades to is told, though the same push wrote it before', async () => {
      const { changed, changes, push, versionOf } = await lab()
      await changes()
      const base = await versionOf('artists', '1')
      const results = await push(album(7, { ArtistId: 1 }), {
        collection: 'artists',
        recordId: '1',
        kind: 'delete',
        base,
      })
      expect(codes(results)).toEqual(['accepted', 'accepted'])
      expect(await changed()).toEqual(['delete albums 1', 'delete albums 7', 'delete artists 1'])
    })

    test('a mutation sent again is answered with the same document (A3)', async () => {
      const { adapter, push } = await lab()
      const [first] = await push(album(2, { ArtistId: 2 }))
      const request = await requestFor(adapter, 'default', 'c')
      const mutations = [wholeMutation('c.1', album(2, { ArtistId: 2 }))]
      expect((await adapter.push({ ...request, mutations }, SIGNAL)).results).toEqual([first])
    })

    test('what another program wrote since is a conflict, though nobody has pulled it (A2)', async () => {
      const { adapter, sql, versionOf } = await lab()
      const base = await versionOf('artists', '2')
      const request = await requestFor(adapter, 'default', 'c')
      await sql(
        `UPDATE Artist SET Name = 'Theirs' WHERE ArtistId = 2`,
        `INSERT INTO Artist VALUES (9, 'New')`,
      )
      const mutations = [
        wholeMutation('c.1', { ...put('artists', 2, { name: 'Mine' }), base }),
        wholeMutation('c.2', put('artists', 9, { name: 'Mine too' })),
      ]
      const { results } = await adapter.push({ ...request, mutations }, SIGNAL)
      expect(results).toMatchObject([
        { status: 'conflict', current: { data: { id: '2', name: 'Theirs' } } },
        { status: 'conflict', current: { data: { id: '9', name: 'New' } } },
      ])
      expect(await sql(`SELECT Name FROM Artist WHERE ArtistId IN (2, 9) ORDER BY 1`)).toEqual([
        { Name: 'New' },
        { Name: 'Theirs' },
      ])
    })

    test('a broken constraint refuses its mutation alone, by the name of the constraint', async () => {
      const { changed, changes, push, sql } = await lab()
      await changes()
      const results = await push(
        put('artists', 3, { name: 'Accept' }),
        album(2, { ArtistId: 99 }),
        album(3, { ArtistId: 2, Price: -1 }),
        put('artists', 4, {}),
        album(4, { ArtistId: 2, Title: 'x'.repeat(200) }),
        put('artists', 5, { name: 'Five' }),
      )
      expect(codes(results)).toEqual([...Array.from({ length: 5 }, () => 'CONSTRAINT'), 'accepted'])
      expect(results).toMatchObject([
        { details: { errno: 1062, constraint: expect.stringMatching(/Name$/) as string } },
        { details: { constraint: 'AlbumArtist' } },
        { details: { constraint: 'Priced' } },
        { details: { constraint: 'Name' } },
        { details: { constraint: 'Title' } },
        {},
      ])
      expect(await changed()).toEqual(['put artists 5'])
      expect(await sql('SELECT COUNT(*) AS n FROM Album')).toEqual([{ n: 1 }])
    })

    test('a group is written whole or not at all, also in tables (A10)', async () => {
      const { changes, push, sql } = await lab()
      await changes()
      const artist = { ...put('artists', 3, { name: 'Yes' }), group: 'g' }
      const refused = await push(artist, { ...album(2, { ArtistId: 3, Price: -1 }), group: 'g' })
      expect(refused).toMatchObject([{ status: 'aborted' }, { code: 'CONSTRAINT' }])
      expect(await sql('SELECT COUNT(*) AS n FROM Artist')).toEqual([{ n: 2 }])
      expect(await changes()).toEqual([])
      const taken = await push(artist, { ...album(2, { ArtistId: 3, Price: 1 }), group: 'g' })
      expect(codes(taken)).toEqual(['accepted', 'accepted'])
    })

    test.each<readonly [string, Record<string, Json>, string]>([
      ['a field without a column', { ArtistId: 1, Nothing: 1 }, 'Nothing'],
      ['what the column cannot hold', { ArtistId: 'one' }, 'ArtistId'],
      ['a column that the database computes', { ArtistId: 1, Shout: 'X' }, 'Shout'],
      ['bytes that are not base64', { ArtistId: 1, Cover: '%' }, 'Cover'],
    ])('refuses %s, and names the field', async (_name, data, field) => {
      const { push } = await lab()
      expect(await push(album(2, data))).toMatchObject([{ code: 'INVALID_MUTATION', details: { field } }])
    })

    test('refuses an id that its column cannot hold', async () => {
      const { push } = await lab()
      const results = await push(put('albums', 'x', { ArtistId: 1 }), put('albums', '01', { ArtistId: 1 }))
      expect(results).toMatchObject([
        { code: 'INVALID_MUTATION', details: { field: 'id' } },
        { code: 'INVALID_MUTATION', details: { field: 'id' } },
      ])
    })

    test('a row that no record can hold is left out and told of, and holds up no other', async () => {
      const { changed, changes, logged, push, sql } = await lab()
      await changes()
      await sql(`INSERT INTO Artist VALUES (3, CONCAT('nul', CHAR(0))), (4, 'Fine')`)
      expect(await changed()).toEqual(['put artists 4'])
      expect(logged.join()).toMatch(/cannot be synced.*artists.*"3"/)
      expect(codes(await push(put('artists', 3, { name: 'Over it' })))).toEqual(['CONSTRAINT'])
    })

    test('a row that a trigger of the table refuses, or moves away, is refused, with all that it did', async () => {
      const { push, sql } = await lab(
        [
          `CREATE TABLE Log (Id VARCHAR(20) PRIMARY KEY, Owner VARCHAR(20), Line TEXT)`,
          `CREATE TABLE Audit (Id VARCHAR(20))`,
          `CREATE TRIGGER moderated BEFORE INSERT ON Log FOR EACH ROW BEGIN
             INSERT INTO Audit VALUES (NEW.Id);
             IF NEW.Line = 'no' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not here'; END IF;
             IF NEW.Line = 'move' THEN SET NEW.Owner = 'else'; END IF;
           END`,
        ],
        { log: { table: 'Log', id: 'Id', scope: { column: 'Owner' }, fields: { line: 'Line' } } },
      )
      const line = (id: string, text: string): Partial<Mutation> => put('log', id, { line: text })
      const results = await push(line('a', 'no'), line('b', 'move'), line('c', 'yes'))
      expect(results).toMatchObject([
        { code: 'CONSTRAINT', reason: 'not here' },
        { code: 'CONSTRAINT' },
        { status: 'accepted' },
      ])
      expect(await sql('SELECT Id FROM Log')).toEqual([{ Id: 'c' }])
      expect(await sql('SELECT Id FROM Audit')).toEqual([{ Id: 'c' }])
    })

    test('ids are told apart that the column takes for one', async () => {
      const { changed, changes, push, sql } = await lab(
        [
          `CREATE TABLE Word (Id VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, N INT)`,
          `INSERT INTO Word VALUES ('Ada', 1)`,
        ],
        { words: { table: 'Word', id: 'Id' } },
      )
      expect(await changed()).toEqual(['put words Ada'])
      expect(codes(await push(put('words', 'ada', { N: 2 })))).toEqual(['CONSTRAINT'])
      expect(await sql('SELECT Id, N FROM Word')).toEqual([{ Id: 'Ada', N: 1 }])
      await sql(`UPDATE Word SET Id = 'ada'`)
      expect(await changed()).toEqual(['delete words Ada', 'put words ada'])
      expect(await changes()).toEqual([])
    })
  })

  describe('rows in scopes of their own', { timeout: TIMEOUT_MS }, () => {
    const tables = {
      notes: {
        table: 'Note',
        id: 'Id',
        scope: { column: 'Owner', prefix: 'user:' },
        fields: { text: 'Text' },
      },
    } as const
    const schema = ['CREATE TABLE Note (Id VARCHAR(40) PRIMARY KEY, Owner VARCHAR(200), Text TEXT)']
    const pull = async ({ adapter }: TablesLab, scope: string): Promise<readonly string[]> => {
      const collections = [{ name: 'notes' }]
      const page = await adapter.pull({ scope, collections, cursor: null, limit: 100 }, SIGNAL)
      return page.changes.map(({ id }) => id).toSorted()
    }

    test('are in the feed of their column, and move when another program moves them', async () => {
      const own = await lab(schema, tables)
      await own.sql(`INSERT INTO Note VALUES ('a', 'ann', ''), ('b', 'bob', ''), ('n', NULL, '')`)
      await own.sql(`INSERT INTO Note VALUES ('x', REPEAT('x', 200), '')`)
      expect(await pull(own, 'user:ann')).toEqual(['a'])
      expect(await pull(own, 'user:bob')).toEqual(['b'])
      await own.sql(`UPDATE Note SET Owner = 'bob' WHERE Id = 'a'`)
      expect(await pull(own, 'user:ann')).toEqual([])
      expect(await pull(own, 'user:bob')).toEqual(['a', 'b'])
    })

    test('are written into the scope of the push, and into no other', async () => {
      const { adapter, sql } = await lab(schema, tables)
      const push = async (
        scope: string,
        n: number,
        data: Record<string, Json>,
      ): Promise<readonly PushResult[]> => {
        const request = await requestFor(adapter, scope, 'c')
        const mutations = [wholeMutation(`c.${n}`, put('notes', 'a', data))]
        return (await adapter.push({ ...request, mutations }, SIGNAL)).results
      }
      expect(codes(await push('team:1', 1, { text: 'x' }))).toEqual(['INVALID_MUTATION'])
      expect(codes(await push('user:ann', 2, { text: 'x' }))).toEqual(['accepted'])
      expect(await sql('SELECT * FROM Note')).toEqual([{ Id: 'a', Owner: 'ann', Text: 'x' }])
      expect(codes(await push('user:bob', 3, { text: 'mine' }))).toEqual(['CONSTRAINT'])
      expect(await sql('SELECT Text FROM Note')).toEqual([{ Text: 'x' }])
    })
  })
}
