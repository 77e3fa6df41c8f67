/** Which tables are synced, and what becomes of their set-up. */
import type { TablesOption } from '@synclayer/adapter-kit'
import { describe, expect, test } from 'vitest'
import { open, SCHEMA, SIGNAL, TABLES, TIME, tableLabs } from '../testing/record-shop.ts'

const lab = tableLabs()

describe('which tables are synced', () => {
  test('is found in the database by a process that was not told', async () => {
    const { changes, path, push, sql } = await lab()
    await changes()
    const other = await open(path, {})
    const { results } = await other.push(
      {
        scope: 'default',
        clientId: 'd',
        settled: 0,
        ...(await other.pull({ scope: 'default', collections: [], cursor: null, limit: 0 }, SIGNAL)),
        mutations: [
          {
            id: 'd.1',
            collection: 'artists',
            recordId: '8',
            kind: 'put',
            base: null,
            time: TIME,
            schema: 1,
            data: { id: '8', name: 'Eight' },
          },
        ],
      },
      SIGNAL,
    )
    expect(results).toMatchObject([{ status: 'accepted' }])
    expect(sql.prepare(`SELECT Name FROM Artist WHERE ArtistId = 8`).pluck().get()).toBe('Eight')
    expect(await push({ collection: 'artists', recordId: '8', data: { id: '8' } })).toMatchObject([
      { status: 'conflict' },
    ])
    await other.close()
  })

  test('what happened while the triggers were gone is found when the table is opened again', async () => {
    const { adapter, path, sql } = await lab()
    await adapter.pull(
      { scope: 'default', collections: [{ name: 'artists' }], cursor: null, limit: 10 },
      SIGNAL,
    )
    await adapter.close()
    sql.exec(`DROP TRIGGER synclayer_artists_after_delete; DROP TRIGGER synclayer_artists_after_insert;
      DELETE FROM Artist WHERE ArtistId = 2; INSERT INTO Artist VALUES (3, 'Yes')`)
    const again = await open(path, TABLES)
    const { changes } = await again.pull(
      { scope: 'default', collections: [{ name: 'artists' }], cursor: null, limit: 10 },
      SIGNAL,
    )
    expect(changes.map(({ id }) => id)).toEqual(['1', '3'])
    await again.close()
  })

  test.each<readonly [string, TablesOption]>([
    ['tables.x.table', { x: { table: 'Nothing', id: 'Id' } }],
    ['tables.x.table', { x: { table: 'sqlite_schema', id: 'Id' } }],
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
      `CREATE TABLE "we""ird's; --" ("i""d" TEXT PRIMARY KEY, "va'l""ue" TEXT UNIQUE)`,
      { odd: { table: `we"ird's; --`, id: 'i"d', scope: 'default', fields: { value: `va'l"ue` } } },
    )
    sql.exec(`INSERT INTO "we""ird's; --" VALUES ('a'';--', 'x')`)
    expect(await changes()).toMatchObject([{ id: `a';--`, data: { value: 'x' } }])
    expect(
      await push({ collection: 'odd', recordId: `b"'`, data: { id: `b"'`, value: `"';` } }),
    ).toMatchObject([{ status: 'accepted' }])
    expect(sql.prepare(`SELECT count(*) FROM "we""ird's; --"`).pluck().get()).toBe(2)
  })
})
