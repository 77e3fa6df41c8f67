/** Tables whose rows belong to scopes, by a column. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type { BackendAdapter, Json, Mutation, PushResult } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { SIGNAL, TIME, tableLabs } from '../testing/record-shop.ts'

const lab = tableLabs()

describe('rows in scopes of their own', () => {
  const tables: TablesOption = {
    notes: { table: 'Note', id: 'Id', scope: { column: 'Owner', prefix: 'user:' }, fields: { text: 'Text' } },
  }
  const schema = `CREATE TABLE Note (Id TEXT PRIMARY KEY, Owner TEXT, Text TEXT)`
  const pull = async (adapter: BackendAdapter, scope: string): Promise<readonly string[]> => {
    const page = await adapter.pull(
      { scope, collections: [{ name: 'notes' }], cursor: null, limit: 100 },
      SIGNAL,
    )
    return page.changes.map(({ id }) => id)
  }

  test('are in the feed of their column, and move when another program moves them', async () => {
    const { adapter, sql } = await lab(schema, tables)
    sql.exec(`INSERT INTO Note VALUES ('a', 'ann', ''), ('b', 'bob', ''), ('n', NULL, '')`)
    expect(await pull(adapter, 'user:ann')).toEqual(['a'])
    expect(await pull(adapter, 'user:bob')).toEqual(['b'])
    sql.exec(`UPDATE Note SET Owner = 'bob' WHERE Id = 'a'`)
    expect(await pull(adapter, 'user:ann')).toEqual([])
    expect((await pull(adapter, 'user:bob')).toSorted()).toEqual(['a', 'b'])
  })

  test('are written into the scope of the push, and into no other', async () => {
    const { adapter, sql } = await lab(schema, tables)
    const push = async (
      scope: string,
      n: number,
      data: Record<string, Json>,
    ): Promise<readonly PushResult[]> => {
      const { epoch, cursor } = await adapter.pull({ scope, collections: [], cursor: null, limit: 0 }, SIGNAL)
      const mutation = {
        id: `c.${n}`,
        collection: 'notes',
        recordId: 'a',
        kind: 'put',
        base: null,
        time: TIME,
        schema: 1,
      }
      const mutations = [{ ...mutation, data: { id: 'a', ...data } } as Mutation]
      return (await adapter.push({ scope, clientId: 'c', settled: 0, epoch, cursor, mutations }, SIGNAL))
        .results
    }
    expect(await push('team:1', 1, { text: 'x' })).toMatchObject([{ code: 'INVALID_MUTATION' }])
    expect(await push('user:ann', 2, { text: 'x' })).toMatchObject([{ status: 'accepted' }])
    expect(sql.prepare(`SELECT * FROM Note`).get()).toEqual({ Id: 'a', Owner: 'ann', Text: 'x' })
    expect(await push('user:bob', 3, { text: 'mine' })).toMatchObject([{ code: 'CONSTRAINT' }])
    expect(sql.prepare(`SELECT Text FROM Note`).pluck().get()).toBe('x')
  })
})
