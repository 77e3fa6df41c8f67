/** Tables whose rows belong to scopes, by a column. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { codeOf, type Edit, SIGNAL, tableLabs } from './testing/table-lab.ts'

const lab = tableLabs()

describe('rows in scopes of their own', () => {
  const tables: TablesOption = {
    notes: {
      table: 'note',
      id: 'key',
      scope: { column: 'owner', prefix: 'user:' },
      fields: { text: 'text' },
    },
  }
  const schema = `CREATE TABLE note (key text PRIMARY KEY, owner text, text text)`
  const pull = async (adapter: BackendAdapter, scope: string): Promise<readonly string[]> => {
    const collections = [{ name: 'notes' }]
    const page = await adapter.pull({ scope, collections, cursor: null, limit: 100 }, SIGNAL)
    return page.changes.map(({ id }) => id).toSorted()
  }

  test('are in the feed of their column, and move when another program moves them', async () => {
    const { adapter, sql } = await lab(schema, tables)
    await sql(`INSERT INTO note VALUES ('a', 'ann', ''), ('b', 'bob', ''), ('n', NULL, ''), ('u', 'Zoë', '')`)
    expect(await pull(adapter, 'user:ann')).toEqual(['a'])
    expect(await pull(adapter, 'user:bob')).toEqual(['b'])
    await sql(`UPDATE note SET owner = 'bob' WHERE key = 'a'`)
    expect(await pull(adapter, 'user:ann')).toEqual([])
    expect(await pull(adapter, 'user:bob')).toEqual(['a', 'b'])
    await sql(`UPDATE note SET owner = NULL WHERE key = 'a'`)
    expect(await pull(adapter, 'user:bob')).toEqual(['b'])
  })

  test('are written into the scope of the push, and into no other', async () => {
    const { push, sql } = await lab(schema, tables)
    const note = (text: string): Edit => ({ collection: 'notes', recordId: 'a', data: { id: 'a', text } })
    expect(await push([note('x')], 'team:1')).toMatchObject([{ code: 'INVALID_MUTATION' }])
    expect(await push([note('x')], 'user:ann')).toMatchObject([{ status: 'accepted' }])
    expect(await sql(`SELECT * FROM note`)).toEqual([{ key: 'a', owner: 'ann', text: 'x' }])
    expect(await push([note('mine')], 'user:bob')).toMatchObject([{ code: 'CONSTRAINT' }])
    expect(await sql(`SELECT text FROM note`)).toEqual([{ text: 'x' }])
  })

  test('a field that is the scope’s column never changes it', async () => {
    const { push, sql } = await lab(schema, {
      notes: { table: 'note', id: 'key', scope: { column: 'owner', prefix: 'user:' } },
    })
    const note = (owner: string): Edit => ({ collection: 'notes', recordId: 'a', data: { id: 'a', owner } })
    expect((await push([note('bob')], 'user:ann')).map(codeOf)).toEqual(['SCOPE_CHANGE'])
    expect((await push([note('ann')], 'user:ann')).map(codeOf)).toEqual(['accepted'])
    expect(await sql(`SELECT owner FROM note`)).toEqual([{ owner: 'ann' }])
  })
})
