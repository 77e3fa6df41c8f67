/** What columns hold, as JSON and back: a round trip changes nothing. */
import type { Json, JsonObject } from '@synclayer/core/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTableLab, type TableLab } from './testing/table-lab.ts'

/** A column's type, a value as SQL writes it, and the same as JSON. */
const VALUES: readonly (readonly [type: string, sql: string, json: Json])[] = [
  ['boolean', 'true', true],
  ['smallint', '-32768', -32768],
  ['integer', '2147483647', 2147483647],
  ['bigint', '9007199254740991', 9007199254740991],
  ['bigint', '-9223372036854775808', '-9223372036854775808'],
  ['numeric', '12345678901234567890.123456789012345678900', '12345678901234567890.123456789012345678900'],
  ['numeric(10, 2)', '1.5', '1.50'],
  ['numeric', `'NaN'`, 'NaN'],
  ['money', `'1234.56'::numeric`, '1234.56'],
  ['real', '0.1', 0.1],
  ['double precision', '0.1', 0.1],
  ['double precision', '1.7976931348623157e308', 1.7976931348623157e308],
  ['double precision', `'-Infinity'`, '-Infinity'],
  ['text', `'tab' || chr(9) || 'Zoë 😀'`, 'tab\tZoë 😀'],
  ['varchar(5)', `'abcde'`, 'abcde'],
  ['char(5)', `'ab'`, 'ab'],
  ['uuid', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['timestamptz', `'2026-01-31 13:00:00.123456+01'`, '2026-01-31T12:00:00.123456Z'],
  ['timestamptz', `'infinity'`, 'infinity'],
  ['timestamptz', `'0044-03-15 12:00:00+00 BC'`, '0044-03-15T12:00:00Z BC'],
  ['timestamp', `'2026-01-31 13:00:00.5'`, '2026-01-31T13:00:00.5'],
  ['date', `'2026-01-31'`, '2026-01-31'],
  ['time', `'13:00:00.000001'`, '13:00:00.000001'],
  ['timetz', `'13:00:00+05:30'`, '13:00:00+05:30'],
  ['interval', `'1 year 2 mons 3 days 04:05:06.789'`, 'P1Y2M3DT4H5M6.789S'],
  ['jsonb', `'{"b": [1, {"c": null}], "a": 1.50}'`, { a: 1.5, b: [1, { c: null }] }],
  ['json', `'{"b": [1, 2], "a": "x"}'`, { a: 'x', b: [1, 2] }],
  ['jsonb', `'"text"'`, 'text'],
  ['bytea', `'\\x00ff10'`, 'AP8Q'],
  ['bytea', `decode(repeat('ab', 100), 'hex')`, Buffer.alloc(100, 0xab).toString('base64')],
  ['mood', `'so "so"'`, 'so "so"'],
  ['positive', '5', 5],
  ['text[]', `ARRAY['a', NULL, 'with "quotes", {braces}']`, ['a', null, 'with "quotes", {braces}']],
  ['integer[]', `ARRAY[]::integer[]`, []],
  ['integer[]', `'{{1,2},{3,4}}'`, '{{1,2},{3,4}}'],
  ['integer[]', `'[0:1]={7,8}'`, '[0:1]={7,8}'],
  ['numeric[]', `ARRAY[1.50, 2]`, ['1.50', '2']],
  ['bigint[]', `ARRAY[1, 9223372036854775807]`, [1, '9223372036854775807']],
  ['bytea[]', `ARRAY['\\x01'::bytea]`, ['AQ==']],
  ['timestamptz[]', `ARRAY['2026-01-31 13:00+01'::timestamptz]`, ['2026-01-31T12:00:00Z']],
  ['jsonb[]', `ARRAY['{"a": 1}'::jsonb]`, [{ a: 1 }]],
  ['mood[]', `ARRAY['fine'::mood]`, ['fine']],
  ['daterange', `'[2026-01-01,2026-02-01)'`, '[2026-01-01,2026-02-01)'],
  ['inet', `'10.0.0.1/8'`, '10.0.0.1/8'],
  ['point', `'(1,2.5)'`, '(1,2.5)'],
  ['bit(4)', `B'1010'`, '1010'],
  ['xml', `'<a>1</a>'`, '<a>1</a>'],
  ['tsvector', `'a:1 b:2'`, `'a':1 'b':2`],
]

const columns = VALUES.map(([type], n) => `c${n} ${type}`).join(', ')
const document: JsonObject = Object.fromEntries(VALUES.map(([, , json], n) => [`c${n}`, json]))
let lab: TableLab

beforeAll(async () => {
  lab = await openTableLab(
    `CREATE TYPE mood AS ENUM ('fine', 'so "so"');
     CREATE DOMAIN positive AS integer CHECK (value > 0);
     CREATE TABLE kind (key bigint PRIMARY KEY, ${columns}, zoned timestamptz, serial integer GENERATED ALWAYS AS IDENTITY)`,
    { kinds: { table: 'kind', id: 'key' } },
  )
  // Whatever the sessions of others look like.
  await lab.sql(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET timezone = ''America/Caracas''', current_database());
    EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database());
    EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''postgres_verbose''', current_database());
    EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
    EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -3', current_database());
  END $$`)
  await lab.sql(`INSERT INTO kind (key, ${VALUES.map((_, n) => `c${n}`).join(', ')})
    VALUES (1, ${VALUES.map(([, sql]) => sql).join(', ')})`)
})
const openLab = (): TableLab => lab
afterAll(async () => {
  await openLab().close()
})

describe('a column', () => {
  test('is read as documented, whatever the settings of the database', async () => {
    const other = await lab.open()
    const [record] = await other.fetch(
      { scope: 'default', collection: 'kinds', ids: ['1'] },
      new AbortController().signal,
    )
    expect(record?.deleted === false && record.data).toEqual({ id: '1', ...document, zoned: null, serial: 1 })
  })

  test('is written with what was read, and holds the same value', async () => {
    const written = await lab.push([{ collection: 'kinds', recordId: '2', data: { id: '2', ...document } }])
    expect(written).toMatchObject([{ status: 'accepted', data: { id: '2', ...document, serial: 2 } }])
    const same = VALUES.map(([type], n) => {
      // Of JSON the value counts, and not the text.
      const as = /^jsonb?$/.test(type) ? 'jsonb' : 'text'
      return `a.c${n}::${as} IS NOT DISTINCT FROM b.c${n}::${as} AS c${n}`
    })
    const rows = await lab.sql(`SELECT ${same.join(', ')} FROM kind a, kind b WHERE a.key = 1 AND b.key = 2`)
    expect(Object.entries(rows[0]!).filter(([, isSame]) => isSame !== true)).toEqual([])
  })

  test('that is null is null, both ways', async () => {
    const nothing = Object.fromEntries(VALUES.map((_, n) => [`c${n}`, null]))
    const data = { id: '3', ...nothing }
    expect(await lab.push([{ collection: 'kinds', recordId: '3', data }])).toMatchObject([
      { status: 'accepted', data: nothing },
    ])
    const set = VALUES.map((_, n) => `c${n} IS NULL`).join(' AND ')
    expect(await lab.sql(`SELECT ${set} AS empty FROM kind WHERE key = 3`)).toEqual([{ empty: true }])
  })

  test('of moments takes one without a zone as one in UTC', async () => {
    const data = { id: '4', zoned: '2026-01-31T12:00:00' }
    expect(await lab.push([{ collection: 'kinds', recordId: '4', data }])).toMatchObject([
      { status: 'accepted', data: { zoned: '2026-01-31T12:00:00Z' } },
    ])
  })

  test.each(VALUES.map(([type], n) => [type, `c${n}`] as const).filter(([type]) => !/json/.test(type)))(
    'of type %s refuses an object, and names the field',
    async (_type, field) => {
      const edit = { collection: 'kinds', recordId: '5', data: { id: '5', [field]: { a: 1 } } }
      expect(await lab.push([edit])).toMatchObject([{ code: 'INVALID_MUTATION', details: { field } }])
    },
  )

  test('refuses what is of the right JSON type and yet no value of its own, by SQLSTATE', async () => {
    const edits = [
      { collection: 'kinds', recordId: '6', data: { id: '6', c2: 1e12 } },
      { collection: 'kinds', recordId: '7', data: { id: '7', c21: '31 January' } },
    ]
    expect(await lab.push(edits)).toMatchObject([
      { code: 'CONSTRAINT', details: { sqlState: '22003' } },
      { code: 'CONSTRAINT', details: { sqlState: '22007' } },
    ])
  })
})
