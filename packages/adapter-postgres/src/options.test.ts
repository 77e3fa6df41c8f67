import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import type { PostgresAdapterOptions } from './options.ts'
import { postgresAdapter } from './postgres-adapter.ts'
import { postgresSchemaSql } from './sql/schema-sql.ts'

const pool = new pg.Pool({ connectionString: 'postgresql://localhost:1/none' })
afterAll(() => pool.end())
const url = 'postgresql://localhost:1/none'

describe('options', () => {
  test.each<readonly [string, unknown]>([
    ['options', null],
    ['url', {}],
    ['url', { url: 'mysql://localhost' }],
    ['url', { url, pool }],
    ['pool', { pool: {} }],
    ['maxConnections', { pool, maxConnections: 5 }],
    ['ssl', { pool, ssl: true }],
    ['ssl', { url, ssl: 'yes' }],
    ['schema', { url, schema: 'pg_sync' }],
    ['schema', { url, schema: 'Sync' }],
    ['schema', { url, schema: 'a"; DROP SCHEMA b; --' }],
    ['migrate', { url, migrate: 'yes' }],
    ['listen', { url, listen: 1 }],
    ['maxConnections', { url, maxConnections: 0 }],
    ['pollInterval', { url, pollInterval: 0 }],
    ['pollInterval', { url, pollInterval: '1 week' }],
    ['statementTimeout', { url, statementTimeout: '1d' }],
    ['lockTimeout', { url, lockTimeout: -1 }],
    ['maxRecordBytes', { url, maxRecordBytes: 65 * 1024 * 1024 }],
    ['indexes', { url, indexes: 'userId' }],
    ['indexes.todos', { url, indexes: { todos: 'userId' } }],
    ['indexes.todos', { url, indexes: { todos: [[]] } }],
    ['indexes.todos', { url, indexes: { todos: ['a\0b'] } }],
    ['indexes.to dos', { url, indexes: { 'to dos': ['a'] } }],
    ['views', { url, views: [] }],
    ['views.1', { url, views: { 1: {} } }],
    ['views.todos', { url, views: { todos: 'text' } }],
    ['views.todos.done', { url, views: { todos: { done: 'bool' } } }],
    ['views.todos.done', { url, views: { todos: { done: 'toString' } } }],
    ['views.todos.version', { url, views: { todos: { version: 'text' } } }],
    ['views.todos.', { url, views: { todos: { '': 'text' } } }],
    ['maxConnection', { url, maxConnection: 5 }],
  ])('an unsound %s is INVALID_OPTION and named (D12)', (option, options) => {
    expect(() => postgresAdapter(options as PostgresAdapterOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
    )
  })

  test('a schema or a role that is none has no SQL', () => {
    expect(() => postgresSchemaSql({ schema: 'a b' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
    expect(() => postgresSchemaSql({ role: 'x\0' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
    expect(() => postgresSchemaSql({ role: 'x'.repeat(64) })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
