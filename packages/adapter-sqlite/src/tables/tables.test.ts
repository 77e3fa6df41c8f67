/** A table that was there before, written to by plain SQL and through sync. */
import type { Json, Mutation } from '@synclayer/core/adapter'
import { describe, expect, test, vi } from 'vitest'
import { album, SIGNAL, TIME, tableLabs } from '../testing/record-shop.ts'

const lab = tableLabs()

describe('a table that is already there', () => {
  test('is pulled with what was in it before, each type as JSON has it', async () => {
    const { changes } = await lab()
    expect(await changes()).toMatchObject([
      {
        kind: 'put',
        collection: 'albums',
        id: '1',
        data: {
          id: '1',
          Title: 'Let There Be Rock',
          ArtistId: 1,
          Price: 9.5,
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
    const { changes, sql } = await lab()
    await changes()
    sql.exec(`UPDATE Artist SET Name = 'Accept!' WHERE ArtistId = 2; UPDATE Artist SET Name = Name`)
    expect(await changes()).toMatchObject([
      { kind: 'put', collection: 'artists', id: '2', data: { name: 'Accept!' } },
    ])
    sql.exec(`INSERT INTO Artist VALUES (3, 'Yes'); DELETE FROM Artist WHERE ArtistId = 2`)
    expect((await changes()).map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual(['delete 2', 'put 3'])
    expect(await changes()).toEqual([])
  })

  test('tells of rows that went by a cascade, by REPLACE, and by a change of their id', async () => {
    const { changes, sql } = await lab()
    await changes()
    sql.exec(`INSERT INTO Artist VALUES (5, 'Old'); UPDATE Artist SET ArtistId = 6 WHERE ArtistId = 5`)
    await changes()
    sql.exec(`REPLACE INTO Artist VALUES (7, 'Accept')`)
    const replaced = (await changes()).map(({ kind, id }) => `${kind} ${id}`)
    expect(replaced.toSorted()).toEqual(['delete 2', 'put 7'])
    sql.exec(`DELETE FROM Artist WHERE ArtistId = 1`)
    const cascaded = (await changes()).map(({ kind, collection, id }) => `${kind} ${collection} ${id}`)
    expect(cascaded.toSorted()).toEqual(['delete albums 1', 'delete artists 1'])
  })

  test('wakes who is subscribed when another program writes', async () => {
    const { adapter, changes, sql } = await lab()
    await changes()
    const head = await adapter.pull({ scope: 'default', collections: [], cursor: null, limit: 0 }, SIGNAL)
    const wake = vi.fn<() => void>()
    const subscription = await adapter.subscribe?.(
      { scope: 'default', collections: [], cursor: head.cursor },
      wake,
      () => undefined,
    )
    sql.exec(`INSERT INTO Artist VALUES (3, 'Yes')`)
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), { timeout: 10_000 })
    await subscription?.close()
  })

  test('is written by pushes, and answers with what the table has made of it', async () => {
    const { changes, push, sql, versionOf } = await lab()
    await changes()
    const cover = Buffer.from([0, 255, 1]).toString('base64')
    const [created] = await push(
      album(2, { ArtistId: 2, Price: '12.50', Cover: cover, Tags: { a: [1] }, Live: true }),
    )
    expect(created).toMatchObject({
      status: 'accepted',
      data: {
        id: '2',
        Title: 'untitled',
        Price: 12.5,
        Cover: cover,
        Tags: { a: [1] },
        Live: true,
        Shout: 'UNTITLED',
      },
    })
    const select = sql.prepare(`SELECT Title, Price, Cover, Tags, Live FROM Album WHERE AlbumId = 2`)
    expect(select.get()).toEqual({
      Title: 'untitled',
      Price: 12.5,
      Cover: Buffer.from([0, 255, 1]),
      Tags: '{"a":[1]}',
      Live: 1,
    })
    const base = await versionOf('albums', '2')
    const patch = { set: { '/Title': 'Balls', '/Tags/a': [2] } }
    const [patched] = await push({ ...album(2, {}), data: undefined as never, kind: 'patch', base, patch })
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
    expect(select.get()).toBeUndefined()
    // One's own writes are no news of another program's.
    expect(await changes()).toMatchObject([{ kind: 'delete', id: '2', mutation: 'c.3' }])
    expect(await changes()).toEqual([])
  })

  test('a mutation sent again is answered with the same document (A3)', async () => {
    const { adapter, push } = await lab()
    const [first] = await push(album(2, { ArtistId: 2 }))
    const head = await adapter.pull({ scope: 'default', collections: [], cursor: null, limit: 0 }, SIGNAL)
    const mutation = {
      id: 'c.1',
      time: TIME,
      schema: 1,
      base: null,
      kind: 'put',
      ...album(2, { ArtistId: 2 }),
    }
    const { results } = await adapter.push(
      { scope: 'default', clientId: 'c', settled: 0, ...head, mutations: [mutation as Mutation] },
      SIGNAL,
    )
    expect(results).toEqual([first])
  })

  test('what another program wrote since is a conflict, though nobody has pulled it (A2)', async () => {
    const { adapter, sql, versionOf } = await lab()
    const base = await versionOf('artists', '2')
    const head = await adapter.pull({ scope: 'default', collections: [], cursor: null, limit: 0 }, SIGNAL)
    sql.exec(`UPDATE Artist SET Name = 'Theirs' WHERE ArtistId = 2; INSERT INTO Artist VALUES (9, 'New')`)
    const put = { collection: 'artists', kind: 'put', time: TIME, schema: 1 } as const
    const mutations: Mutation[] = [
      { ...put, id: 'c.1', recordId: '2', base, data: { id: '2', name: 'Mine' } },
      { ...put, id: 'c.2', recordId: '9', base: null, data: { id: '9', name: 'Mine too' } },
    ]
    const { results } = await adapter.push(
      { scope: 'default', clientId: 'c', settled: 0, ...head, mutations },
      SIGNAL,
    )
    expect(results).toMatchObject([
      { status: 'conflict', current: { data: { id: '2', name: 'Theirs' } } },
      { status: 'conflict', current: { data: { id: '9', name: 'New' } } },
    ])
    expect(sql.prepare(`SELECT Name FROM Artist WHERE ArtistId IN (2, 9) ORDER BY 1`).pluck().all()).toEqual([
      'New',
      'Theirs',
    ])
  })

  test('a broken constraint refuses its mutation alone, by the name of the constraint', async () => {
    const { changes, push, sql } = await lab()
    await changes()
    const results = await push(
      { collection: 'artists', recordId: '3', data: { id: '3', name: 'Accept' } },
      album(2, { ArtistId: 99 }),
      album(3, { ArtistId: 2, Price: -1 }),
      { collection: 'artists', recordId: '4', data: { id: '4' } },
      { collection: 'artists', recordId: '5', data: { id: '5', name: 'Five' } },
    )
    expect(results.map((result) => ('code' in result ? result.code : result.status))).toEqual([
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'accepted',
    ])
    expect(results[0]).toMatchObject({ details: { constraint: 'Artist.Name' } })
    expect(results[1]).toMatchObject({ details: { sqlite: 'SQLITE_CONSTRAINT_FOREIGNKEY' } })
    expect((await changes()).map(({ id }) => id)).toEqual(['5'])
    expect(sql.prepare(`SELECT count(*) FROM Album`).pluck().get()).toBe(1)
  })

  test('a group is written whole or not at all, also in tables (A10)', async () => {
    const { changes, push, sql } = await lab()
    await changes()
    const artist = { collection: 'artists', recordId: '3', data: { id: '3', name: 'Yes' }, group: 'g' }
    const refused = await push(artist, { ...album(2, { ArtistId: 3, Price: -1 }), group: 'g' })
    expect(refused).toMatchObject([{ status: 'aborted' }, { code: 'CONSTRAINT' }])
    expect(sql.prepare(`SELECT count(*) FROM Artist`).pluck().get()).toBe(2)
    expect(await changes()).toEqual([])
    const taken = await push(artist, { ...album(2, { ArtistId: 3, Price: 1 }), group: 'g' })
    expect(taken).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }])
  })

  test('a constraint that is looked at when the transaction ends refuses whose fault it was', async () => {
    const { push, sql } = await lab(
      `CREATE TABLE Parent (Id TEXT PRIMARY KEY);
       CREATE TABLE Child (Id TEXT PRIMARY KEY, ParentId TEXT REFERENCES Parent (Id) DEFERRABLE INITIALLY DEFERRED);`,
      { parents: { table: 'Parent', id: 'Id' }, children: { table: 'Child', id: 'Id' } },
    )
    const child = (id: string, parent: string, group: string): Partial<Mutation> => ({
      collection: 'children',
      recordId: id,
      data: { id, ParentId: parent },
      group,
    })
    const results = await push(
      child('a', 'p', 'good'),
      { collection: 'parents', recordId: 'p', data: { id: 'p' }, group: 'good' },
      child('b', 'nobody', 'bad'),
      child('c', 'p', 'bad'),
      { collection: 'parents', recordId: 'q', data: { id: 'q' } },
    )
    expect(results.map((result) => ('code' in result ? result.code : result.status))).toEqual([
      'accepted',
      'accepted',
      'CONSTRAINT',
      'CONSTRAINT',
      'accepted',
    ])
    expect(sql.prepare(`SELECT Id FROM Child`).pluck().all()).toEqual(['a'])
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
    const results = await push({ collection: 'albums', recordId: 'x', data: { id: 'x', ArtistId: 1 } })
    expect(results).toMatchObject([{ code: 'INVALID_MUTATION', details: { field: 'id' } }])
  })

  test('integers from 2^53 on are strings, both ways', async () => {
    const { changes, push, sql } = await lab(`CREATE TABLE Big (Id INTEGER PRIMARY KEY, N INTEGER)`, {
      big: { table: 'Big', id: 'Id' },
    })
    sql.exec(`INSERT INTO Big VALUES (9007199254740993, 9007199254740993)`)
    expect(await changes()).toMatchObject([{ id: '9007199254740993', data: { N: '9007199254740993' } }])
    const results = await push({
      collection: 'big',
      recordId: '2',
      data: { id: '2', N: '-9223372036854775808' },
    })
    expect(results).toMatchObject([{ status: 'accepted', data: { N: '-9223372036854775808' } }])
    expect(sql.prepare(`SELECT N FROM Big WHERE Id = 2`).safeIntegers().pluck().get()).toBe(-(2n ** 63n))
  })

  test('a row that no record can hold is left out and told of, and holds up no other', async () => {
    const { changes, logged, sql } = await lab()
    await changes()
    sql.prepare(`INSERT INTO Artist VALUES (3, ?), (4, 'Fine')`).run('nul\0')
    expect((await changes()).map(({ id }) => id)).toEqual(['4'])
    expect(logged.join()).toMatch(/cannot be synced.*artists.*"3"/)
  })

  test('a row that a trigger of the table does not keep is refused, with all that the trigger did', async () => {
    const { push, sql } = await lab(
      `CREATE TABLE Log (Id TEXT PRIMARY KEY, Line TEXT);
       CREATE TABLE Audit (Id TEXT);
       CREATE TRIGGER closed BEFORE INSERT ON Log WHEN NEW.Line = 'no' BEGIN SELECT RAISE(IGNORE); END;
       CREATE TRIGGER moderated AFTER INSERT ON Log WHEN NEW.Line = 'rude' BEGIN
         INSERT INTO Audit VALUES (NEW.Id);
         DELETE FROM Log WHERE Id = NEW.Id;
       END;`,
      { log: { table: 'Log', id: 'Id' } },
    )
    const line = (id: string, Line: string): Partial<Mutation> => ({
      collection: 'log',
      recordId: id,
      data: { id, Line },
    })
    const results = await push(line('a', 'no'), line('b', 'rude'), line('c', 'yes'))
    expect(results).toMatchObject([{ code: 'CONSTRAINT' }, { code: 'CONSTRAINT' }, { status: 'accepted' }])
    expect(sql.prepare(`SELECT Id FROM Log`).pluck().all()).toEqual(['c'])
    expect(sql.prepare(`SELECT count(*) FROM Audit`).pluck().get()).toBe(0)
  })
})
