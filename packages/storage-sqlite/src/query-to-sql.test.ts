import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CatalogEntry, createTables, declareCollections } from './catalog.ts'
import { openCollectionTable } from './collection-table.ts'
import { outboxOf, laneSql, scopeSql, unknownLanesSql } from './outbox.ts'
import { backwardSql, countSql, forwardSql, sameKeySql, type Sql } from './query-to-sql.ts'
import { scanSql } from './read-scan.ts'

const database = new Database(':memory:')
let entry: CatalogEntry

beforeAll(() => {
  createTables(database)
  const catalog = declareCollections(database, [{ name: 'notes', indexes: ['size', 'label'] }])
  entry = catalog.get('notes')!
})
afterAll(() => database.close())

/** SQLite's plan: a line for each step. */
function explain({ text, values }: Sql): string[] {
  const steps = database
    .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
    .all(...values)
  return steps.map(({ detail }) => detail)
}

const key = Uint8Array.of(1)
const range = { lower: key, upper: key, lowerExclusive: true }
const byLabel = { collection: 'notes', index: 'label', limit: 10 }
const byId = { collection: 'notes', index: null, limit: 10 }

describe('query plans', () => {
  test.each([
    ['rising', () => forwardSql(entry, byLabel), '(k1>?)'],
    ['rising in a range', () => forwardSql(entry, { ...byLabel, range }), '(k1>? AND k1<?)'],
    [
      'rising after a position',
      () => forwardSql(entry, { ...byLabel, range, after: { key, id: 'a' } }),
      '((k1,id)>(?,?) AND k1<?)',
    ],
    ['falling', () => backwardSql(entry, byLabel), '(k1>?)'],
    ['falling in a range', () => backwardSql(entry, { ...byLabel, range }), '(k1>? AND k1<?)'],
    ['one key', () => sameKeySql(entry, 'label', { key, id: 'a' }, 5), '(k1=? AND id>?)'],
    [
      'counting a range',
      () => countSql(entry, { ...byLabel, range }),
      'COVERING INDEX records_1_k1 (k1>? AND k1<?)',
    ],
  ])('walk the index: %s (ST5)', (_name, sql, expected) => {
    const steps = explain(sql())
    expect(steps).toHaveLength(1)
    expect(steps[0]).toContain(expected)
    expect(steps[0]).toContain('records_1_k1')
  })

  test.each([
    ['rising', () => forwardSql(entry, byId), '(id>?)'],
    ['rising in a range', () => forwardSql(entry, { ...byId, range }), '(id>? AND id<?)'],
    ['rising after a position', () => forwardSql(entry, { ...byId, after: { id: 'a' } }), '(id>?)'],
    ['falling in a range', () => backwardSql(entry, { ...byId, range }), '(id>? AND id<?)'],
    ['a scan', () => ({ text: scanSql(openCollectionTable(database, entry)), values: ['a', 5] }), '(id>?)'],
  ])('walk by id: %s (ST5)', (_name, sql, expected) => {
    const steps = explain(sql())
    expect(steps).toHaveLength(1)
    expect(steps[0]).toMatch(/^SEARCH records_1_2 USING INDEX sqlite_autoindex_records_1_2_1/)
    expect(steps[0]).toContain(expected)
  })

  test('count all rows in the order of the table, which reads each page once', () => {
    expect(explain(countSql(entry, byId))).toEqual(['SCAN records_1_2'])
    expect(explain(countSql(entry, { ...byId, range }))[0]).toContain('(id>? AND id<?)')
  })

  test('walk a lane in order, without sorting', () => {
    const table = openCollectionTable(database, entry)
    expect(explain({ text: laneSql(table), values: [1, 's', 0] })).toEqual([
      'SEARCH records_1_2 USING INDEX outbox_1 (lane=? AND scope=? AND ord>?)',
    ])
    expect(explain({ text: scopeSql(table), values: [1, 's'] })).toEqual([
      'SEARCH records_1_2 USING COVERING INDEX outbox_1 (lane=? AND scope>?)',
    ])
    expect(outboxOf(table)).toContain('INDEXED BY outbox_1')
    const unknown = explain({ text: unknownLanesSql(table), values: [0] })
    expect(unknown.filter((step) => step.startsWith('SCAN'))).toEqual([])
  })
})
