/**
 * Requests as somebody writes them who calls the functions without the adapter, as clients of Supabase may. Each is answered
 * with a code, and nothing is written.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TIME } from './testing/push-and-pull.ts'
import { openTestServer, type TestDatabase } from './testing/test-database.ts'

const server = await openTestServer()
let database: TestDatabase
let head: { readonly epoch: string; readonly cursor: string }
beforeAll(async () => {
  database = await server.createPrepared()
  head = (await pull({ scope: 'default', collections: [], cursor: null, limit: 0 })) as typeof head
}, 60_000)
afterAll(async () => {
  await database.drop()
  await server.close()
})

type Answer = Record<string, unknown> & { readonly error?: { readonly code: string } }

/** How the answer of a pull ends. */
async function pull(request: unknown): Promise<Answer> {
  const rows = await database.query('SELECT document FROM synclayer.pull($1::jsonb)', [
    JSON.stringify(request),
  ])
  return JSON.parse(rows.at(-1)?.['document'] as string) as Answer
}

async function push(scope: unknown, requests: unknown): Promise<Answer> {
  const text = 'SELECT synclayer.push($1, $2::jsonb) AS answer'
  const [row] = await database.query(text, [scope, JSON.stringify(requests)])
  return row?.['answer'] as Answer
}

/** The first result of a push of one mutation. */
async function pushOne(mutation: unknown, request: Record<string, unknown> = {}): Promise<unknown> {
  const whole = { clientId: 'c', settled: 0, ...head, mutations: [mutation], ...request }
  const { answers } = (await push('default', [whole])) as unknown as {
    readonly answers: readonly { readonly results?: readonly unknown[]; readonly error?: unknown }[]
  }
  return answers[0]?.results?.[0] ?? answers[0]?.error
}

async function countRows(): Promise<unknown> {
  const [row] = await database.query(
    'SELECT (SELECT count(*) FROM synclayer.record)::integer AS records, (SELECT max(head) FROM synclayer.feed)::integer AS head',
  )
  return row
}

const put = {
  id: 'c.1',
  collection: 'todos',
  recordId: 'a',
  kind: 'put',
  base: null,
  data: { id: 'a' },
  time: TIME,
  schema: 1,
}
const patch = { ...put, kind: 'patch', base: 'x', data: undefined }
const nested = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => ({ inner }), 1)

describe('mutations', () => {
  test.each<readonly [string, unknown]>([
    ['an id of another client', { ...put, id: 'd.1' }],
    ['a number that is none', { ...put, id: 'c.01' }],
    ['a number beyond the safe ones', { ...put, id: 'c.9007199254740992' }],
    ['a collection with quotes', { ...put, collection: `x'; DROP TABLE y; --` }],
    ['a collection that is no text', { ...put, collection: { a: 1 } }],
    ['no collection', { ...put, collection: null }],
    ['a record id that is a number', { ...put, recordId: 5, data: { id: 5 } }],
    ['a record id with a control character', { ...put, recordId: 'a\u0085', data: { id: 'a\u0085' } }],
    [
      'a record id of 129 units',
      { ...put, recordId: '👩'.repeat(64) + 'x', data: { id: '👩'.repeat(64) + 'x' } },
    ],
    ['no record id', { ...put, recordId: '', data: { id: '' } }],
    ['a kind of its own', { ...put, kind: 'upsert' }],
    ['a base that is no text', { ...put, base: 1 }],
    ['a base that is empty', { ...put, base: '' }],
    ['a time of day', { ...put, time: 'yesterday' }],
    ['a time in capitals', { ...put, time: TIME.toUpperCase() }],
    ['a time with a line below', { ...put, time: `${TIME}\n` }],
    ['a group that is none', { ...put, group: '' }],
    ['a group that is a list', { ...put, group: ['g'] }],
    ['a schema below zero', { ...put, schema: -1 }],
    ['a schema with a fraction', { ...put, schema: 1.5 }],
    ['a schema that is a text', { ...put, schema: '1' }],
    ['no schema', { ...put, schema: null }],
    ['a document that is a list', { ...put, data: [] }],
    ['a document of another id', { ...put, data: { id: 'b' } }],
    ['a document without an id', { ...put, data: {} }],
    ['no document', { ...put, data: null }],
    ['the key __proto__', { ...put, data: JSON.parse('{"id":"a","x":[{"__proto__":1}]}') as unknown }],
    ['too many levels', { ...put, data: { id: 'a', deep: nested(100) } }],
    ['a delete with a document', { ...put, kind: 'delete', base: 'x' }],
    ['a put with a patch', { ...put, patch: { set: { '/a': 1 } } }],
    ['a patch without a patch', patch],
    ['a patch of nothing', { ...patch, base: null, patch: { set: { '/a': 1 } } }],
    ['a patch that is a list', { ...patch, patch: [] }],
    ['a set that is a list', { ...patch, patch: { set: [1] } }],
    ['an unset that is an object', { ...patch, patch: { unset: { a: 1 } } }],
    ['an unset of numbers', { ...patch, patch: { unset: [1] } }],
    ['a pointer without a slash', { ...patch, patch: { set: { a: 1 } } }],
    ['a pointer to everything', { ...patch, patch: { set: { '': 1 } } }],
    ['a pointer with a bad escape', { ...patch, patch: { set: { '/a~2': 1 } } }],
    ['a pointer to the id', { ...patch, patch: { set: { '/id': 'b' } } }],
    ['pointers that reach into each other', { ...patch, patch: { set: { '/a': 1, '/a/b': 1 } } }],
    ['pointers that do so by unset', { ...patch, patch: { set: { '/a/b': 1 }, unset: ['/a'] } }],
    ['a pointer twice', { ...patch, patch: { set: { '/a': 1 }, unset: ['/a'] } }],
    ['a pointer through __proto__', { ...patch, patch: { set: { '/__proto__/a': 1 } } }],
    ['a value of too many levels', { ...patch, patch: { set: { '/a': nested(100) } } }],
    ['a pointer of too many levels', { ...patch, patch: { set: { ['/a'.repeat(101)]: 1 } } }],
  ])('%s is INVALID_MUTATION', async (_title, mutation) => {
    const before = await countRows()
    expect(await pushOne(mutation)).toMatchObject({ status: 'rejected', code: 'INVALID_MUTATION' })
    expect(await countRows()).toEqual(before)
  })

  test('a number beyond what JavaScript reads is INVALID_MUTATION', async () => {
    const request = JSON.stringify([{ clientId: 'c', settled: 0, ...head, mutations: [put] }])
    const text = request.replace('{"id":"a"}', `{"id":"a","n":-1e400}`)
    const [row] = await database.query(`SELECT synclayer.push('default', $1::jsonb) AS answer`, [text])
    expect(JSON.stringify(row)).toContain('INVALID_MUTATION')
  })

  test('a document that is too large is RECORD_TOO_LARGE, and one of the very size is not', async () => {
    const of = (size: number): unknown => ({ ...put, data: { id: 'a', text: 'x'.repeat(size - 20) } })
    const send = async (size: number): Promise<unknown> => {
      const requests = JSON.stringify([
        { clientId: 'c', settled: 0, ...head, epoch: 'none', mutations: [of(size)] },
      ])
      const [row] = await database.query(
        `SELECT synclayer.push('default', $1::jsonb, '{"maxRecordBytes":1000}') AS answer`,
        [requests],
      )
      return row?.['answer']
    }
    expect(JSON.stringify(await send(1_001))).toContain('RECORD_TOO_LARGE')
    expect(JSON.stringify(await send(1_000))).toContain('EPOCH_CHANGED')
  })

  test('ids at the limits are taken', async () => {
    const ids = ['👩'.repeat(64), 'x'.repeat(128), 'é'.repeat(128), ' ', '~']
    for (const [n, recordId] of ids.entries()) {
      const result = await pushOne({ ...put, id: `c.${100 + n}`, recordId, data: { id: recordId } })
      expect(result).toMatchObject({ status: 'accepted' })
    }
  })
})

describe('requests', () => {
  const sound = { clientId: 'c', settled: 0, epoch: '', cursor: '', mutations: [] }
  test.each<readonly [string, unknown]>([
    ['body', null],
    ['body', 5],
    ['clientId', { ...sound, clientId: '' }],
    ['clientId', { ...sound, clientId: 'a b' }],
    ['clientId', { ...sound, clientId: null }],
    ['settled', { ...sound, settled: -1 }],
    ['settled', { ...sound, settled: '1' }],
    ['epoch', { ...sound, epoch: 1 }],
    ['mutations', { ...sound, mutations: {} }],
    ['mutations', { ...sound, mutations: [null] }],
    ['mutations', { ...sound, mutations: [{ id: 1 }] }],
    ['mutations', { ...sound, mutations: [{ id: 'c.1' }, { id: 'c.1' }] }],
    ['fields', { ...sound, fields: [] }],
    ['fields', { ...sound, fields: { todos: {} } }],
    ['fields', { ...sound, fields: { todos: { only: ['a'], except: [] } } }],
    ['fields', { ...sound, fields: { todos: { only: [1] } } }],
    ['cursor', { ...sound, cursor: null }],
    ['cursor', { ...sound, cursor: `' OR 1=1 --` }],
  ])(
    'a push with an unsound %s is PROTOCOL, and the others of its transaction are answered',
    async (field, request) => {
      const fine = { ...sound, ...head, mutations: [{ ...put, kind: 'none' }] }
      const { answers } = (await push('default', [request, fine])) as { readonly answers?: unknown }
      expect(answers).toMatchObject([
        { error: { code: 'PROTOCOL', details: { field } } },
        { results: [{ status: 'rejected' }] },
      ])
    },
  )

  test.each(['', 'a\n', 'ä', null, 'x'.repeat(129)])('a push to the scope %j is PROTOCOL', async (scope) => {
    expect(await push(scope, [])).toMatchObject({ error: { code: 'PROTOCOL' } })
  })

  test.each<readonly [string, unknown]>([
    ['body', null],
    ['scope', { collections: [], cursor: null, limit: 1 }],
    ['limit', { scope: 'default', collections: [], cursor: null, limit: -1 }],
    ['limit', { scope: 'default', collections: [], cursor: null, limit: '1' }],
    ['collections', { scope: 'default', collections: {}, cursor: null, limit: 1 }],
    ['collections', { scope: 'default', collections: [{}], cursor: null, limit: 1 }],
    ['cursor', { scope: 'default', collections: [], cursor: 'x', limit: 1 }],
    ['cursor', { scope: 'default', collections: [], cursor: { a: 1 }, limit: 1 }],
  ])('a pull with an unsound %s is PROTOCOL', async (field, request) => {
    expect(await pull(request)).toMatchObject({ error: { code: 'PROTOCOL', details: { field } } })
  })

  test.each<unknown>([
    5,
    [],
    { op: 'and' },
    { op: 'and', filters: [1, null, 'x', []] },
    { op: '==', path: 'a', value: 1 },
    { op: '==', path: [1], value: 1 },
    { op: 'in', path: ['a'], value: 7 },
    { op: 'in', path: ['a'], value: [] },
    { op: '==', path: [`'); DROP TABLE synclayer.record; --`, `\\`, '{', '"'], value: `'||\\` },
  ])('a filter such as %j narrows nothing, or rightly, and breaks nothing', async (filter) => {
    const request = { scope: 'default', collections: [{ name: `to'dos`, filter }], cursor: null, limit: 5 }
    expect(await pull(request)).toMatchObject({ hasMore: false })
  })

  test('a cursor that was changed by a character is of no history', async () => {
    const { cursor } = head
    for (const at of [2, 16, 28, cursor.length - 1]) {
      const other = cursor[at] === '0' ? '1' : '0'
      const changed = cursor.slice(0, at) + other + cursor.slice(at + 1)
      const { error } = await pull({ scope: 'default', collections: [], cursor: changed, limit: 5 })
      expect(['PROTOCOL', 'EPOCH_CHANGED']).toContain(error?.code)
    }
    const elsewhere = { scope: 'other', collections: [], cursor, limit: 5 }
    expect(await pull(elsewhere)).toMatchObject({ error: { code: 'EPOCH_CHANGED' } })
  })

  test('a scope that the caller may not use is FORBIDDEN, in every way', async () => {
    await database.query(
      `CREATE OR REPLACE FUNCTION synclayer.authorize(scope text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT scope <> 'closed' $$`,
    )
    const forbidden = { error: { code: 'FORBIDDEN' } }
    expect(await push('closed', [])).toMatchObject(forbidden)
    expect(await pull({ scope: 'closed', collections: [], cursor: null, limit: 5 })).toMatchObject(forbidden)
    const rows = await database.query(`SELECT document FROM synclayer.fetch($1::jsonb)`, [
      JSON.stringify({ scope: 'closed', collection: 'todos', ids: ['a'] }),
    ])
    expect(JSON.parse(rows[0]?.['document'] as string)).toMatchObject(forbidden)
    expect(await push('default', [])).toMatchObject({ answers: [] })
  })
})
