import type { Json } from '@synclayer/core/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Family } from '../family.ts'
import { codes, createTablesLab, put, type TablesLab } from './tables-lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000

interface Sample {
  readonly type: string
  /** As SQL writes it. */
  readonly sql: string
  readonly json: Json
  /** What the column refuses. */
  readonly wrong?: Json
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  tiny: { type: 'TINYINT', sql: '-128', json: -128, wrong: 1.5 },
  flag: { type: 'TINYINT(1)', sql: '1', json: true, wrong: 1 },
  bit: { type: 'BIT(1)', sql: `b'1'`, json: true, wrong: 'x' },
  bits: { type: 'BIT(64)', sql: '18446744073709551615', json: '18446744073709551615', wrong: true },
  big: { type: 'BIGINT', sql: '-9223372036854775808', json: '-9223372036854775808', wrong: '1.0' },
  unsigned: { type: 'BIGINT UNSIGNED', sql: '9007199254740993', json: '9007199254740993' },
  safe: { type: 'BIGINT', sql: '9007199254740991', json: 9_007_199_254_740_991 },
  year: { type: 'YEAR', sql: '2024', json: 2024 },
  price: {
    type: 'DECIMAL(30, 10)',
    sql: '12345678901234567890.0000000001',
    json: '12345678901234567890.0000000001',
    wrong: '1e3',
  },
  single: { type: 'FLOAT', sql: '0.1', json: 0.1, wrong: '1' },
  single2: { type: 'FLOAT', sql: '16777216', json: 16_777_216 },
  double: { type: 'DOUBLE', sql: '1.7976931348623157e308', json: Number.MAX_VALUE },
  double2: { type: 'DOUBLE', sql: '0.30000000000000004', json: 0.1 + 0.2 },
  text: { type: 'VARCHAR(40)', sql: `'a  b\\\\\\'"?'`, json: `a  b\\'"?`, wrong: 7 },
  latin: { type: 'VARCHAR(40) CHARACTER SET latin1', sql: `'Motörhead'`, json: 'Motörhead' },
  emoji: { type: 'LONGTEXT CHARACTER SET utf8mb4', sql: `'🎸'`, json: '🎸' },
  word: { type: `ENUM('a', 'b''c')`, sql: `'b''c'`, json: `b'c`, wrong: 1 },
  words: { type: `SET('x', 'y', 'z')`, sql: `'x,z'`, json: 'x,z' },
  day: { type: 'DATE', sql: `'2024-02-29'`, json: '2024-02-29', wrong: '29.2.2024' },
  span: { type: 'TIME(3)', sql: `'-838:59:58.250'`, json: '-838:59:58.250', wrong: 'noon' },
  local: {
    type: 'DATETIME(6)',
    sql: `'2024-12-31 23:59:59.000001'`,
    json: '2024-12-31T23:59:59.000001',
    wrong: '2024-12-31',
  },
  whole: { type: 'DATETIME', sql: `'2024-12-31 23:59:59'`, json: '2024-12-31T23:59:59' },
  moment: {
    type: 'TIMESTAMP(6) NULL',
    sql: `FROM_UNIXTIME(1700000000.123456)`,
    json: '2023-11-14T22:13:20.123456Z',
    wrong: '2023-11-14T22:13:20',
  },
  second: {
    type: 'TIMESTAMP NULL',
    sql: 'FROM_UNIXTIME(1700000000)',
    json: '2023-11-14T22:13:20Z',
    wrong: '1969-12-31T23:59:59Z',
  },
  json: {
    type: 'JSON',
    sql: `'{"a":[1,null,{"b":"c"}],"ü":true}'`,
    json: { a: [1, null, { b: 'c' }], ü: true },
  },
  string: { type: 'JSON', sql: `'"text"'`, json: 'text' },
  bytes: { type: 'BLOB', sql: `X'00FF10'`, json: 'AP8Q', wrong: '?' },
  fixed: { type: 'BINARY(3)', sql: `X'010203'`, json: 'AQID' },
  place: {
    type: 'POINT',
    sql: `ST_GeomFromText('POINT(1 2)')`,
    json: 'AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==',
  },
}
const NAMES = Object.keys(SAMPLES)

/** Every type there and back: what is read is what is written, in whatever time zone a session is. */
export function typeTests(family: Family): void {
  describe('types of columns', { timeout: TIMEOUT_MS }, () => {
    let lab: TablesLab
    const columns = NAMES.map((name) => `\`${name}\` ${SAMPLES[name]!.type}`)
    beforeAll(async () => {
      const schema = [
        `CREATE TABLE Every (Id INT PRIMARY KEY, ${columns.join(', ')})`,
        `INSERT INTO Every (Id) VALUES (1)`,
        `CREATE TABLE ByBytes (Id BINARY(16) PRIMARY KEY, N INT)`,
        `CREATE TABLE ByBig (Id BIGINT UNSIGNED PRIMARY KEY, N INT)`,
      ]
      lab = await createTablesLab(family, schema, {
        every: { table: 'Every', id: 'Id' },
        bytes: { table: 'ByBytes', id: 'Id' },
        big: { table: 'ByBig', id: 'Id' },
      })
    }, TIMEOUT_MS)
    afterAll(() => lab.close(), TIMEOUT_MS)
    const expected = Object.fromEntries(NAMES.map((name) => [name, SAMPLES[name]!.json]))

    test('are read as JSON that tells all of them, and written back as they were', async () => {
      const values = NAMES.map((name) => SAMPLES[name]!.sql)
      await lab.sql(`INSERT INTO Every VALUES (2, ${values.join(', ')})`)
      const [record] = (await lab.changes()).filter(({ id }) => id === '2')
      expect(record).toMatchObject({ data: { id: '2', ...expected } })
      const [pushed] = await lab.push(put('every', 3, expected))
      expect(pushed).toMatchObject({ status: 'accepted', data: { id: '3', ...expected } })
      const same = NAMES.map((name) => `a.\`${name}\` <=> b.\`${name}\` AS \`${name}\``)
      const [row] = await lab.sql(
        `SELECT ${same.join(', ')} FROM Every AS a JOIN Every AS b ON a.Id = 2 AND b.Id = 3`,
      )
      expect(Object.entries(row ?? {}).filter(([, is]) => is !== 1)).toEqual([])
    })

    test('a moment is the same in every time zone', async () => {
      await lab.sql(`INSERT INTO Every (Id, second, moment) VALUES (4, NULL, NULL)`)
      const base = await lab.versionOf('every', '4')
      await lab.sql(
        `SET time_zone = '+05:30'`,
        `UPDATE Every SET second = '2024-01-01 05:30:00' WHERE Id = 4`,
      )
      await lab.sql(`SET time_zone = DEFAULT`)
      expect(await lab.changes()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            id: '4',
            data: expect.objectContaining({ second: '2024-01-01T00:00:00Z' }) as unknown,
          }),
        ]),
      )
      const moment = { ...put('every', 4, { moment: '2024-01-01T02:00:00.5+02:00' }), base: '' }
      expect(codes(await lab.push({ ...moment, base }))).toEqual(['conflict'])
      const [taken] = await lab.push({ ...moment, base: await lab.versionOf('every', '4') })
      expect(taken).toMatchObject({ data: { moment: '2024-01-01T00:00:00.500000Z', second: null } })
    })

    test('null is null, and what a column cannot hold is refused with its field', async () => {
      const nothing = Object.fromEntries(NAMES.map((name) => [name, null]))
      expect(await lab.push(put('every', 5, nothing))).toMatchObject([{ data: { id: '5', ...nothing } }])
      const wrong = NAMES.filter((name) => SAMPLES[name]!.wrong !== undefined)
      const results = await lab.push(
        ...wrong.map((name) => put('every', 6, { [name]: SAMPLES[name]!.wrong! })),
      )
      const refusal = (field: string): object => ({ code: 'INVALID_MUTATION', details: { field } })
      expect(results).toMatchObject(wrong.map(refusal))
    })

    test('what only the server can refuse is CONSTRAINT', async () => {
      const data: readonly Record<string, Json>[] = [
        { tiny: 128 },
        { big: '99999999999999999999' },
        { day: '2024-02-30' },
        { word: 'c' },
        { latin: '🎸' },
        { text: 'x'.repeat(41) },
        { fixed: 'AQIDBAUG' },
        { place: 'AQID' },
      ]
      const results = await lab.push(...data.map((fields) => put('every', 7, fields)))
      expect(results).toMatchObject(data.map(() => ({ code: 'CONSTRAINT' })))
    })

    test('ids may be bytes, and numbers beyond 2^53', async () => {
      const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex').toString('base64')
      const big = ['9007199254740992', '9007199254740993', '18446744073709551615']
      const results = await lab.push(
        put('bytes', id, { N: 1 }),
        ...big.map((each) => put('big', each, { N: 1 })),
      )
      expect(codes(results)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
      await lab.changes()
      await lab.sql('UPDATE ByBytes SET N = 2', 'UPDATE ByBig SET N = 2 WHERE Id > 9007199254740992')
      expect(await lab.changed()).toEqual(
        [`put big ${big[2]}`, `put big ${big[1]}`, `put bytes ${id}`].toSorted(),
      )
      const base = await lab.versionOf('big', big[1]!)
      expect(codes(await lab.push({ collection: 'big', recordId: big[1]!, kind: 'delete', base }))).toEqual([
        'accepted',
      ])
      expect(await lab.sql('SELECT CAST(Id AS CHAR) AS id FROM ByBig ORDER BY ByBig.Id')).toEqual([
        { id: big[0] },
        { id: big[2] },
      ])
    })
  })
}
