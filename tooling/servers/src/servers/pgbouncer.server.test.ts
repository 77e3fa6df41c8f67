import pg from 'pg'
import { expect, test } from 'vitest'
import { server } from '../index.ts'

const pgbouncer = await server('pgbouncer')

test(
  'PgBouncer pools by transaction: two clients share what would be one session',
  { timeout: 60_000 },
  async () => {
    const clients = [1, 2].map(() => new pg.Client({ connectionString: pgbouncer.url }))
    const sessions: unknown[] = []
    for (const client of clients) {
      await client.connect()
      sessions.push((await client.query('select pg_backend_pid() as pid')).rows)
    }
    expect(sessions[1]).toEqual(sessions[0])
    for (const client of clients) await client.end()
  },
)

test('PgBouncer leads to any database, and says where PostgreSQL is', { timeout: 60_000 }, async () => {
  const direct = new pg.Client({ connectionString: pgbouncer.details['direct'] })
  await direct.connect()
  const name = `through_${process.pid}`
  await direct.query(`create database ${name}`)
  const url = new URL(pgbouncer.url)
  url.pathname = `/${name}`
  const through = new pg.Client({ connectionString: url.href })
  await through.connect()
  expect((await through.query('select current_database() as name')).rows).toEqual([{ name }])
  await through.end()
  await direct.query(`drop database ${name} with (force)`)
  await direct.end()
})
