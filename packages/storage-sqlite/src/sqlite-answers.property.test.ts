/** Queries of the engine against SQL written here, over the same documents in a table of its own: SQLite is the oracle. */
import { createSyncLayer, collection, indexKey } from '@synclayer/core'
import type { Filter, Json, JsonObject } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sqliteStorage } from './sqlite-storage.ts'

type Scalar = null | boolean | number | string
type Doc = JsonObject & { readonly id: string }

const FIELDS = ['a', 'b'] as const
const TEXTS = [
  '',
  'a',
  'ab',
  'abc',
  'b',
  'é',
  '\ud7ff',
  '\ue000',
  '\uff21',
  '😀',
  '😀x',
  '\u{10ffff}',
  '1',
  'true',
]

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constantFrom<Scalar>(null, false, true, 0, 1, -1, 1.5, 2 ** 53, -(2 ** 53), Number.MIN_VALUE, 1e300),
  fc.constantFrom<Scalar>(...TEXTS),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme', maxLength: 3 }).filter((text) => !text.includes('\0')),
)
const documents: fc.Arbitrary<Doc[]> = fc.uniqueArray(
  fc
    .record(
      { id: fc.constantFrom('0', 'a', 'ab', 'é', '\ue000', '😀', '\u{10ffff}', 'z'), a: scalar, b: scalar },
      { requiredKeys: ['id'] },
    )
    .map((doc) => doc as Doc),
  { selector: ({ id }) => id, maxLength: 8 },
)
const path = fc.constantFrom(...FIELDS).map((field) => [field])
const text = fc.constantFrom(...TEXTS)
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constantFrom('==', '!=', '<', '<=', '>', '>='), path, value: scalar }),
  fc.record({ op: fc.constantFrom('in', 'not-in'), path, value: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ op: fc.constantFrom('contains', 'starts-with', 'ends-with'), path, value: text }),
  fc.record({ op: fc.constantFrom('is-null', 'is-not-null'), path }),
)
const filter: fc.Arbitrary<Filter> = fc.letrec<{ node: Filter }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.record({ op: fc.constantFrom('and', 'or'), filters: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ op: fc.constant('not'), filter: tie('node') }),
  ),
})).node
const order = fc.uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom('asc', 'desc')), {
  selector: ([field]) => field,
})
const query = fc.record({ filter, order, offset: fc.nat(3), limit: fc.option(fc.nat(5)) })

/** null, booleans, numbers, strings. */
function rank(value: Scalar): number {
  return value === null ? 0 : ['boolean', 'number', 'string'].indexOf(typeof value) + 1
}

function bound(value: Scalar): null | number | string {
  return typeof value === 'boolean' ? Number(value) : value
}

/** A condition in SQL that is true or false, never null. */
function where(node: Filter, values: unknown[]): string {
  if ('filters' in node) {
    const parts = node.filters.map((part) => where(part, values))
    return parts.length === 0 ? (node.op === 'and' ? '1' : '0') : `(${parts.join(` ${node.op} `)})`
  }
  if ('filter' in node) return `NOT ${where(node.filter, values)}`
  const column = node.path[0]!
  if (!('value' in node)) return `(${column}_rank ${node.op === 'is-null' ? '=' : '<>'} 0)`
  const { op } = node
  if (op === 'in' || op === 'not-in') {
    const any = (node.value as Scalar[]).map((value) => compared(column, '==', value, values))
    return `${op === 'in' ? '' : 'NOT '}(${any.length === 0 ? '0' : any.join(' OR ')})`
  }
  if (op === '!=') return `NOT ${compared(column, '==', node.value as Scalar, values)}`
  if (['==', '<', '<=', '>', '>='].includes(op)) return compared(column, op, node.value as Scalar, values)
  const found = {
    contains: `instr(${column}, ?) > 0`,
    'starts-with': `substr(${column}, 1, length(?)) = ?`,
    'ends-with': `(length(?) = 0 OR substr(${column}, -length(?)) = ?)`,
  }[op as 'contains' | 'starts-with' | 'ends-with']
  for (const _ of found.matchAll(/\?/g)) values.push(node.value)
  return `(${column}_rank = 3 AND ${found})`
}

function compared(column: string, op: string, value: Scalar, values: unknown[]): string {
  if (value === null) return op.includes('=') ? `(${column}_rank = 0)` : '0'
  values.push(bound(value))
  return `(${column}_rank = ${rank(value)} AND ${column} ${op} ?)`
}

/** A table without affinities: each value is what it is. */
function tableOf(docs: readonly Doc[]): Database.Database {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE docs (id, a, a_rank, a_key, b, b_rank, b_key)')
  const insert = database.prepare('INSERT INTO docs VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (const doc of docs) {
    const [a, b] = FIELDS.map((field) => (doc[field] ?? null) as Scalar) as [Scalar, Scalar]
    insert.run(doc.id, bound(a), rank(a), indexKey(a), bound(b), rank(b), indexKey(b))
  }
  return database
}

describe('queries', () => {
  test('find what SQLite finds, in the order SQLite gives, with and without indexes (Q14)', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.array(query, { minLength: 1, maxLength: 5 }), async (docs, queries) => {
        const db = await createSyncLayer({
          storage: sqliteStorage({ path: ':memory:' }),
          collections: { plain: collection(), indexed: collection({ indexes: ['a', ['b', 'a']] }) },
        })
        await db.transaction(async (tx) => {
          await Promise.all(docs.flatMap((doc) => [tx.plain.save(doc), tx.indexed.save(doc)]))
        })
        const database = tableOf(docs)
        for (const { filter: asked, order: by, offset, limit } of queries) {
          const values: unknown[] = []
          const sorted = [...by.map(([field, way]) => `${field}_rank ${way}, ${field} ${way}`), 'id']
          const sql = `SELECT id FROM docs WHERE ${where(asked, values)} ORDER BY ${sorted.join()} LIMIT ${limit ?? -1} OFFSET ${offset}`
          const expected = database
            .prepare(sql)
            .pluck()
            .all(...values)
          for (const name of ['plain', 'indexed'] as const) {
            let found = db.collection(name).where(asked).offset(offset)
            for (const [field, way] of by) found = found.orderBy(field, way)
            if (limit !== null) found = found.limit(limit)
            expect((await found.get()).map(({ id }) => id)).toEqual(expected)
          }
        }
        database.close()
        await db.close()
      }),
      { numRuns: 150 },
    )
  })
})

describe('indexKey', () => {
  test('as a blob sorts as SQLite sorts the values, and is equal where they are (Q5, Q14)', () => {
    const many: fc.Arbitrary<Json[]> = fc.array(scalar, { maxLength: 30 })
    fc.assert(
      fc.property(many, (values) => {
        const database = tableOf(values.map((a, index) => ({ id: String(index), a })))
        const byKey = database.prepare('SELECT id FROM docs ORDER BY a_key, id').pluck().all()
        const byValue = database.prepare('SELECT id FROM docs ORDER BY a_rank, a, id').pluck().all()
        expect(byKey).toEqual(byValue)
        database.close()
      }),
      { numRuns: 200 },
    )
  })
})
