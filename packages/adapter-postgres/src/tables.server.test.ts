/** A table that was there before, written to by plain SQL and through sync. */
import type { Json, Mutation } from '@synclayer/core/adapter'
import { describe, expect, test, vi } from 'vitest'
import { album, artist, SCHEMA, TABLES } from './testing/record-shop.ts'
import { codeOf, type Edit, pushAs, SIGNAL, TIME, type TableLab, tableLabs } from './testing/table-lab.ts'

const lab = tableLabs()

describe('a table that is already there', () => {
  test('is pulled with what was in it before, each type as JSON has it', async () => {
    const { changes } = await lab(SCHEMA, TABLES)
    expect(await changes()).toMatchObject([
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
    const { changes, sql } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(
      `UPDATE "Artist" SET "Name" = 'Accept!' WHERE "ArtistId" = 2; UPDATE "Artist" SET "Name" = "Name"`,
    )
    expect(await changes()).toMatchObject([
      { kind: 'put', collection: 'artists', id: '2', data: { name: 'Accept!' } },
    ])
    await sql(`INSERT INTO "Artist" VALUES (3, 'Yes'); DELETE FROM "Artist" WHERE "ArtistId" = 2`)
    expect((await changes()).map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual(['delete 2', 'put 3'])
    expect(await changes()).toEqual([])
  })

  test('tells of rows that went by a cascade, by TRUNCATE, by MERGE of a conflict, and by a change of their id', async () => {
    const { changes, sql } = await lab(SCHEMA, TABLES)
    const told = async (): Promise<readonly string[]> =>
      (await changes()).map(({ kind, collection, id }) => `${kind} ${collection} ${id}`).toSorted()
    await changes()
    await sql(`UPDATE "Artist" SET "ArtistId" = 6 WHERE "ArtistId" = 2`)
    expect(await told()).toEqual(['delete artists 2', 'put artists 6'])
    await sql(
      `INSERT INTO "Artist" VALUES (6, 'Yes') ON CONFLICT ("ArtistId") DO UPDATE SET "Name" = excluded."Name"`,
    )
    expect(await told()).toEqual(['put artists 6'])
    await sql(`DELETE FROM "Artist" WHERE "ArtistId" = 1`)
    expect(await told()).toEqual(['delete albums 1', 'delete artists 1'])
    await sql(`TRUNCATE "Artist" CASCADE`)
    expect(await told()).toEqual(['delete artists 6'])
  })

  test('is told of page by page, also where more waits than one call takes', async () => {
    const { changes, sql } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(`INSERT INTO "Artist" SELECT n, 'Artist ' || n FROM generate_series(10, 3509) n`)
    expect(await changes()).toHaveLength(3_500)
  })

  test('wakes who is subscribed when another program writes', async () => {
    const { adapter, changes, sql } = await lab(SCHEMA, TABLES)
    await changes()
    const { cursor } = await adapter.pull(
      { scope: 'default', collections: [], cursor: null, limit: 0 },
      SIGNAL,
    )
    const wake = vi.fn<() => void>()
    const subscription = await adapter.subscribe?.(
      { scope: 'default', collections: [], cursor },
      wake,
      () => undefined,
    )
    await sql(`INSERT INTO "Artist" VALUES (3, 'Yes')`)
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), { timeout: 15_000 })
    await subscription?.close()
  })

  test('is written by pushes, and answers with what the table has made of it', async () => {
    const { changes, push, sql, fetch } = await lab(SCHEMA, TABLES)
    await changes()
    const cover = Buffer.from([0, 255, 1]).toString('base64')
    const [created] = await push([
      album(2, { ArtistId: 2, Price: 12.505, Cover: cover, Tags: { a: [1] }, Live: true }),
    ])
    expect(created).toMatchObject({
      status: 'accepted',
      data: {
        id: '2',
        Title: 'untitled',
        Price: '12.51',
        Cover: cover,
        Tags: { a: [1] },
        Live: true,
        Shout: 'UNTITLED',
      },
    })
    const rows = (): ReturnType<TableLab['sql']> =>
      sql(`SELECT "Title", "Price", "Cover", "Tags", "Live" FROM "Album" WHERE "AlbumId" = 2`)
    expect(await rows()).toEqual([
      { Title: 'untitled', Price: '12.51', Cover: Buffer.from([0, 255, 1]), Tags: { a: [1] }, Live: true },
    ])
    const base = (await fetch('albums', '2'))!.version
    const patch = { set: { '/Title': 'Balls', '/Tags/a': [2] } }
    const [patched] = await push([{ collection: 'albums', recordId: '2', kind: 'patch', base, patch }])
    expect(patched).toMatchObject({
      status: 'accepted',
      data: { Title: 'Balls', Tags: { a: [2] }, Shout: 'BALLS' },
    })
    const { version } = patched as { readonly version: string }
    const [gone] = await push([{ collection: 'albums', recordId: '2', kind: 'delete', base: version }])
    expect(gone).toMatchObject({ status: 'accepted' })
    expect(await rows()).toEqual([])
    // One's own writes are no news of another program's.
    expect(await changes()).toMatchObject([{ kind: 'delete', id: '2', mutation: 'c.3' }])
    expect(await changes()).toEqual([])
    expect(await sql(`SELECT * FROM synclayer.inbox`)).toEqual([])
  })

  test('a mutation sent again is answered with the same document (A3)', async () => {
    const { adapter, push } = await lab(SCHEMA, TABLES)
    const [first] = await push([album(2, { ArtistId: 2 })])
    const again = {
      id: 'c.1',
      time: TIME,
      schema: 1,
      base: null,
      kind: 'put',
      ...album(2, { ArtistId: 2 }),
    } as Mutation
    expect(await pushAs(adapter, 'c', [again])).toEqual([first])
  })

  test('what another program wrote since is a conflict, though nobody has pulled it (A2)', async () => {
    const { push, sql, fetch } = await lab(SCHEMA, TABLES)
    const base = (await fetch('artists', '2'))!.version
    await sql(
      `UPDATE "Artist" SET "Name" = 'Theirs' WHERE "ArtistId" = 2; INSERT INTO "Artist" VALUES (9, 'New')`,
    )
    const results = await push([{ ...artist(2, 'Mine'), base }, artist(9, 'Mine too')])
    expect(results).toMatchObject([
      { status: 'conflict', current: { data: { id: '2', name: 'Theirs' } } },
      { status: 'conflict', current: { data: { id: '9', name: 'New' } } },
    ])
    expect(await sql(`SELECT "Name" FROM "Artist" WHERE "ArtistId" IN (2, 9) ORDER BY 1`)).toEqual([
      { Name: 'New' },
      { Name: 'Theirs' },
    ])
  })

  test('a broken constraint refuses its mutation alone, by the name of the constraint', async () => {
    const { changes, push, sql } = await lab(SCHEMA, TABLES)
    await changes()
    const results = await push([
      artist(3, 'Accept'),
      album(2, { ArtistId: 99 }),
      album(3, { ArtistId: 2, Price: '-1' }),
      artist(4),
      artist(5, 'x'.repeat(121)),
      artist(6, 'Six'),
    ])
    expect(results.map(codeOf)).toEqual([
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'accepted',
    ])
    expect(results).toMatchObject([
      { details: { constraint: 'one_name', sqlState: '23505' } },
      { details: { constraint: 'of_artist' } },
      { details: { constraint: 'no_debt' } },
      { details: { column: 'Name', sqlState: '23502' } },
      { details: { sqlState: '22001' } },
      {},
    ])
    expect((await changes()).map(({ id }) => id)).toEqual(['6'])
    expect(await sql(`SELECT "AlbumId" FROM "Album"`)).toEqual([{ AlbumId: 1 }])
  })

  test('a group is written whole or not at all, also in tables (A10)', async () => {
    const { changes, push, sql } = await lab(SCHEMA, TABLES)
    await changes()
    const created = { ...artist(3, 'Yes'), group: 'g' }
    const refused = await push([created, { ...album(2, { ArtistId: 3, Price: '-1' }), group: 'g' }])
    expect(refused).toMatchObject([{ status: 'aborted' }, { code: 'CONSTRAINT' }])
    expect(await sql(`SELECT count(*) FROM "Artist"`)).toEqual([{ count: '2' }])
    expect(await changes()).toEqual([])
    const taken = await push([created, { ...album(2, { ArtistId: 3, Price: '1' }), group: 'g' }])
    expect(taken).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }])
    const mixed = await push([
      { collection: 'notes', recordId: 'n', data: { id: 'n' }, group: 'h' },
      { ...album(4, { ArtistId: 99 }), group: 'h' },
    ])
    expect(mixed).toMatchObject([{ status: 'aborted' }, { code: 'CONSTRAINT' }])
    expect(await sql(`SELECT count(*) FROM synclayer.record WHERE collection = 'notes'`)).toEqual([
      { count: '0' },
    ])
  })

  test('a constraint that is looked at when the transaction ends refuses whose fault it was', async () => {
    const { push, sql } = await lab(
      `CREATE TABLE parent (key text PRIMARY KEY);
       CREATE TABLE child (key text PRIMARY KEY, parent text REFERENCES parent DEFERRABLE INITIALLY DEFERRED);`,
      { parents: { table: 'parent', id: 'key' }, children: { table: 'child', id: 'key' } },
    )
    const child = (id: string, parent: string, group?: string): Edit => ({
      collection: 'children',
      recordId: id,
      data: { id, parent },
      ...(group === undefined ? {} : { group }),
    })
    const results = await push([
      child('a', 'p', 'good'),
      { collection: 'parents', recordId: 'p', data: { id: 'p' }, group: 'good' },
      child('b', 'nobody', 'bad'),
      child('c', 'p', 'bad'),
      child('d', 'nobody'),
      { collection: 'parents', recordId: 'q', data: { id: 'q' } },
    ])
    expect(results.map(codeOf)).toEqual([
      'accepted',
      'accepted',
      'CONSTRAINT',
      'CONSTRAINT',
      'CONSTRAINT',
      'accepted',
    ])
    expect(await sql(`SELECT key FROM child`)).toEqual([{ key: 'a' }])
  })

  test.each<readonly [string, Record<string, Json>, string]>([
    ['a field without a column', { ArtistId: 1, Nothing: 1 }, 'Nothing'],
    ['what the column cannot hold', { ArtistId: 'one' }, 'ArtistId'],
    ['a column that the database computes', { ArtistId: 1, Shout: 'X' }, 'Shout'],
    ['bytes that are not base64', { ArtistId: 1, Cover: '%' }, 'Cover'],
  ])('refuses %s, and names the field', async (_name, data, field) => {
    const { push } = await lab(SCHEMA, TABLES)
    expect(await push([album(2, data)])).toMatchObject([{ code: 'INVALID_MUTATION', details: { field } }])
  })

  test.each(['x', '007', '+7', '99999999999', '7 '])(
    'refuses the id %j, which its column cannot hold',
    async (id) => {
      const { push } = await lab(SCHEMA, TABLES)
      expect(await push([album(id, { ArtistId: 1 })])).toMatchObject([
        { code: 'INVALID_MUTATION', details: { field: 'id' } },
      ])
    },
  )

  test('a row that no record can hold is left out and told of, and holds up no other', async () => {
    const { changes, logged, sql } = await lab(`CREATE TABLE word (key text PRIMARY KEY, text text)`, {
      words: { table: 'word', id: 'key' },
    })
    await sql(
      `INSERT INTO word VALUES (E'tab\\t', 'x'), ('fine', 'y'), (repeat('long', 1000), 'z'), ('', 'w')`,
    )
    expect((await changes()).map(({ id }) => id)).toEqual(['fine'])
    expect(logged.join()).toMatch(/"tab\\t" cannot be synced.*words/)
  })

  test('triggers of the table have their say, in the search path of who set it up', async () => {
    const { changes, push, sql } = await lab(
      `CREATE TABLE log (key text PRIMARY KEY, line text);
       CREATE TABLE audit (line text);
       CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO audit VALUES (NEW.line);
         IF NEW.line = 'no' THEN RETURN NULL; END IF;
         IF NEW.line = 'never' THEN RAISE EXCEPTION 'We do not say never'; END IF;
         NEW.line := NEW.line || '!';
         RETURN NEW;
       END $$;
       CREATE TRIGGER watch BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION watch();`,
      { log: { table: 'log', id: 'key' } },
    )
    const line = (id: string, text: string): Edit => ({
      collection: 'log',
      recordId: id,
      data: { id, line: text },
    })
    expect(await push([line('a', 'no'), line('b', 'never'), line('c', 'yes')])).toMatchObject([
      { code: 'CONSTRAINT' },
      { code: 'CONSTRAINT', reason: 'We do not say never' },
      { status: 'accepted', data: { id: 'c', line: 'yes!' } },
    ])
    expect(await sql(`SELECT line FROM audit`)).toEqual([{ line: 'yes' }])
    expect(await changes()).toMatchObject([{ id: 'c', data: { line: 'yes!' } }])
  })

  test('what a trigger writes to other rows is told as another program’s, and not overwritten by the same push', async () => {
    const { changes, push, fetch, sql } = await lab(
      `CREATE TABLE total (key text PRIMARY KEY, sum integer NOT NULL, label text);
       CREATE TABLE line (key text PRIMARY KEY, of text NOT NULL REFERENCES total, amount integer NOT NULL);
       CREATE FUNCTION add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         UPDATE total SET sum = sum + NEW.amount WHERE key = NEW.of; RETURN NULL; END $$;
       CREATE TRIGGER add AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION add();
       INSERT INTO total VALUES ('t', 1, 'old');`,
      { totals: { table: 'total', id: 'key' }, lines: { table: 'line', id: 'key' } },
    )
    await changes()
    const base = (await fetch('totals', 't'))!.version
    const results = await push([
      { collection: 'lines', recordId: 'l', data: { id: 'l', of: 't', amount: 5 } },
      { collection: 'totals', recordId: 't', base, data: { id: 't', sum: 100, label: 'new' } },
    ])
    expect(results.map(codeOf)).toEqual(['accepted', 'BACKEND_FAILED'])
    expect(await sql(`SELECT sum, label FROM total`)).toEqual([{ sum: 6, label: 'old' }])
    expect(await changes()).toMatchObject([{ id: 'l' }, { id: 't', data: { sum: 6 } }])
  })
})
