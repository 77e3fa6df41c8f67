import { createPool } from 'mysql2'
import { expect, test } from 'vitest'
import { mysqlAdapter, type MysqlAdapterOptions, mysqlSchemaSql } from './mysql-adapter.ts'

const url = 'mysql://app:s3cret@localhost/app'
const pool = { getConnection: () => undefined }

test.each<readonly [string, unknown]>([
  ['options', null],
  ['pool', {}],
  ['url', { url, pool }],
  ['url', { url: 'localhost/app' }],
  ['url', { url: 'postgresql://app:s3cret@localhost/app' }],
  ['url', { url: 'mysql://app:s3cret@localhost' }],
  ['pool', { pool: {} }],
  ['pool', { pool: createPool({ host: 'localhost' }) }],
  ['ssl', { url, ssl: true }],
  ['ssl', { pool, ssl: {} }],
  ['maxConnections', { url, maxConnections: 0 }],
  ['maxConnections', { pool, maxConnections: 4 }],
  ['connectTimeout', { url, connectTimeout: '5 seconds' }],
  ['lockTimeout', { url, lockTimeout: 0 }],
  ['statementTimeout', { url, statementTimeout: '1h' }],
  ['pollInterval', { url, pollInterval: Number.NaN }],
  ['maxRecordBytes', { url, maxRecordBytes: 2 ** 30 }],
  ['migrate', { url, migrate: 'no' }],
  ['polInterval', { url, polInterval: 250 }],
  ['indexes', { url, indexes: 'userId' }],
  ['indexes.a-b', { url, indexes: { 'a-b': ['userId'] } }],
  ['indexes.todos', { url, indexes: { todos: 'userId' } }],
  ['indexes.todos', { url, indexes: { todos: [[]] } }],
  ['indexes.todos', { url, indexes: { todos: ["user'; DROP TABLE synclayer_record; --"] } }],
  ['indexes.todos', { url, indexes: { todos: [['a', 'b', 'c', 'd', 'e', 'f']] } }],
  ['views', { url, views: [] }],
  [`views.${'c'.repeat(50)}`, { url, views: { ['c'.repeat(50)]: {} } }],
  ['views.todos', { url, views: { todos: ['title'] } }],
  ['views.todos.title', { url, views: { todos: { title: 'varchar(10)' } } }],
  ['views.todos.Scope', { url, views: { todos: { Scope: 'text' } } }],
  ['views.todos.title ', { url, views: { todos: { 'title ': 'text' } } }],
])('an unsound %s is INVALID_OPTION and named, and no password is told (D12)', (option, options) => {
  let thrown: unknown
  try {
    mysqlAdapter(options as MysqlAdapterOptions)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'INVALID_OPTION', details: { option } })
  expect(String(thrown)).not.toContain('s3cret')
})

test('sound options are taken, whatever their spelling', () => {
  for (const options of [
    { url, ssl: 'Amazon RDS', lockTimeout: '2s', statementTimeout: 10_000 },
    { url: 'mariadb://localhost:3307/app', ssl: { ca: 'pem' } },
    { pool: createPool({ host: 'localhost' }).promise() },
  ] as const) {
    expect(mysqlAdapter(options).name).toBe('mysql')
  }
})

test('the printed SQL grants no more than rows of its own tables, and quotes every name', () => {
  const sql = mysqlSchemaSql({
    database: 'my`db',
    user: "o'hara",
    host: '10.%',
    views: { todos: { "it's": 'text' } },
  })
  expect(sql.match(/^GRANT .*$/gm)).toHaveLength(7)
  expect(sql).toContain(
    "GRANT SELECT, INSERT, UPDATE, DELETE ON `my``db`.synclayer_record TO 'o\\'hara'@'10.%';",
  )
  expect(sql).toContain("AS `it's`")
  expect(() => mysqlSchemaSql({ user: 'app' })).toThrow(
    expect.objectContaining({ details: { option: 'database' } }),
  )
})
