/** Which tables are synced, and by whom they are set up. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type { Mutation } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { grantSql } from './sql/grants.ts'
import { album, artist, SCHEMA, TABLES } from './testing/record-shop.ts'
import { changeUrl, runOn } from './testing/test-database.ts'
import { codeOf, pushAs, TIME, tableLabs } from './testing/table-lab.ts'

const lab = tableLabs()

describe('which tables are synced', () => {
  test('is found in the database by a process that was not told', async () => {
    const { changes, open, push, sql } = await lab(SCHEMA, TABLES)
    await changes()
    const other = await open()
    const created = {
      id: 'd.1',
      time: TIME,
      schema: 1,
      base: null,
      kind: 'put',
      ...artist(8, 'Eight'),
    } as Mutation
    expect(await pushAs(other, 'd', [created])).toMatchObject([{ status: 'accepted' }])
    expect(await sql(`SELECT "Name" FROM "Artist" WHERE "ArtistId" = 8`)).toEqual([{ Name: 'Eight' }])
    expect(await push([artist(8)])).toMatchObject([{ status: 'conflict' }])
  })

  test('what happened while the triggers were gone is found when the table is opened again', async () => {
    const { changes, open, sql } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(`ALTER TABLE "Artist" DISABLE TRIGGER USER; DELETE FROM "Artist" WHERE "ArtistId" = 2;
      INSERT INTO "Artist" VALUES (3, 'Yes')`)
    await open({ tables: TABLES })
    const found = (await changes()).map(({ kind, id }) => `${kind} ${id}`)
    expect(found.toSorted()).toEqual(['delete 2', 'put 3'])
  })

  test('goes on where the table is renamed, and takes in new columns when it is opened again', async () => {
    const { changes, open, push, sql } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(`ALTER TABLE "Album" RENAME TO "Disc"; ALTER TABLE "Disc" ADD COLUMN "Stars" integer DEFAULT 5`)
    expect((await push([album(2, { ArtistId: 1 })])).map(codeOf)).toEqual(['accepted'])
    await open({ tables: { ...TABLES, albums: { table: 'Disc', id: 'AlbumId' } } })
    expect(await changes()).toMatchObject([
      { id: '1', data: { Stars: 5 } },
      { id: '2', data: { Stars: 5 } },
    ])
  })

  test('a table that does not fit any more holds up its own records alone, until it is put right', async () => {
    const { changes, logged, push, sql, open } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(`ALTER TABLE "Album" RENAME COLUMN "Title" TO "Name"; UPDATE "Album" SET "Name" = 'New';
      UPDATE "Artist" SET "Name" = 'Accept!' WHERE "ArtistId" = 2`)
    expect(await changes()).toMatchObject([{ collection: 'artists', id: '2' }])
    expect(await changes()).toEqual([])
    // Found at every look, and told once.
    expect(logged.filter((line) => /"Album" cannot be read now.*albums/.test(line))).toHaveLength(1)
    const results = await push([album(1, { Title: 'Mine' }), artist(3, 'Yes')])
    expect(results).toMatchObject([{ status: 'retry', code: 'BACKEND_FAILED' }, { status: 'accepted' }])
    await open({ tables: TABLES })
    expect(await changes()).toMatchObject([{ id: '3' }, { id: '1', data: { Name: 'New' } }])
  })

  test('a table that is detached is left alone, and its records stay', async () => {
    const { changes, push, sql } = await lab(SCHEMA, TABLES)
    await changes()
    await sql(
      `SELECT synclayer.detach_table('artists'); UPDATE "Artist" SET "Name" = 'Gone'  WHERE "ArtistId" = 1`,
    )
    expect(await changes()).toEqual([])
    expect((await push([artist(7, 'Seven')])).map(codeOf)).toEqual(['accepted'])
    expect(await sql(`SELECT "ArtistId" FROM "Artist" ORDER BY 1`)).toEqual([
      { ArtistId: 1 },
      { ArtistId: 2 },
    ])
    expect(await sql(`SELECT tgname FROM pg_trigger WHERE tgname LIKE 'synclayer_artists%'`)).toEqual([])
  })

  test('is set up once by processes that begin at the same moment', async () => {
    const { open, sql } = await lab(SCHEMA, {})
    await Promise.all(Array.from({ length: 4 }, () => open({ tables: TABLES })))
    expect(await sql(`SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'synclayer%'`)).toEqual([
      { count: '4' },
    ])
    expect(await sql(`SELECT count(*) FROM synclayer.inbox`)).toEqual([{ count: '3' }])
  })

  test('is written by a role that may call the functions, and touch no table', async () => {
    const { database, open, sql } = await lab(SCHEMA, TABLES)
    const role = `${database.name}_app`
    const url = changeUrl(database.url, { user: role, password: 'secret' })
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
    try {
      await sql(grantSql('synclayer', role))
      const app = await open({ url, migrate: false, tables: TABLES })
      const created = {
        id: 'd.1',
        time: TIME,
        schema: 1,
        base: null,
        kind: 'put',
        ...artist(8, 'Eight'),
      } as Mutation
      expect(await pushAs(app, 'd', [created])).toMatchObject([{ status: 'accepted' }])
      expect(await sql(`SELECT "Name" FROM "Artist" WHERE "ArtistId" = 8`)).toEqual([{ Name: 'Eight' }])
      const plain = runOn(url, `SELECT * FROM "Artist"`)
      await expect(plain).rejects.toMatchObject({ code: '42501' })
    } finally {
      await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  test('is only looked at where nothing may be made', async () => {
    const { open } = await lab(SCHEMA, TABLES)
    await open({ tables: TABLES, migrate: false })
    const more = { ...TABLES, more: { table: 'Artist', id: 'ArtistId' } }
    await expect(open({ tables: more, migrate: false })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })

  test.each<readonly [string, TablesOption]>([
    ['tables.x.table', { x: { table: 'Nothing', id: 'Id' } }],
    ['tables.x.table', { x: { table: ['pg_catalog', 'pg_class'], id: 'oid' } }],
    ['tables.x.table', { x: { table: ['synclayer', 'feed'], id: 'feed' } }],
    ['tables.x.id', { x: { table: 'Artist', id: 'Nothing' } }],
    ['tables.x.id', { x: { table: 'Album', id: 'ArtistId' } }],
    ['tables.x.id', { x: { table: 'Album', id: 'Cover' } }],
    ['tables.x.fields', { x: { table: 'Artist', id: 'ArtistId', fields: { a: 'Nothing' } } }],
    ['tables.x.scope', { x: { table: 'Artist', id: 'ArtistId', scope: { column: 'Nothing' } } }],
  ])('refuses what is not there, as %s', async (option, tables) => {
    await expect(lab(SCHEMA, tables)).rejects.toMatchObject({ code: 'INVALID_OPTION', details: { option } })
  })

  test('names with quotes in them are names (A9)', async () => {
    const { changes, push, sql } = await lab(
      `CREATE SCHEMA "o'dd$$"; CREATE TABLE "o'dd$$"."we""ird's; --t.%I" ("i""d$$" text PRIMARY KEY, "va'l""ue\\%s" text UNIQUE)`,
      {
        odd: {
          table: [`o'dd$$`, `we"ird's; --t.%I`],
          id: 'i"d$$',
          fields: { [`f'"%I\\`]: `va'l"ue\\%s` },
        },
      },
    )
    await sql(`INSERT INTO "o'dd$$"."we""ird's; --t.%I" VALUES ('a'';--', 'x')`)
    expect(await changes()).toMatchObject([{ id: `a';--`, data: { [`f'"%I\\`]: 'x' } }])
    const edit = { collection: 'odd', recordId: `b"'`, data: { id: `b"'`, [`f'"%I\\`]: `"';\\` } }
    expect(await push([edit])).toMatchObject([{ status: 'accepted', data: edit.data }])
    expect(await sql(`SELECT count(*) FROM "o'dd$$"."we""ird's; --t.%I"`)).toEqual([{ count: '2' }])
  })
})
