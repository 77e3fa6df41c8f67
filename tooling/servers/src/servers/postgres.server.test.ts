import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { ownServer, server } from '../index.ts'

const shared = await server('postgres')
const own = await ownServer('postgres')

describe('PostgreSQL', { timeout: 60_000 }, () => {
  test('is durable, lets an administrator in, and orders text as a language does', async () => {
    const rows = await query(
      own.url,
      `select current_setting('fsync') || current_setting('synchronous_commit') as durable,
        (select rolsuper from pg_roles where rolname = current_user) as administrator,
        'a' < 'B' as language`,
    )
    expect(shared).toMatchObject({
      product: 'PostgreSQL',
      version: expect.stringMatching(/^\d+\.\d+/) as string,
    })
    expect(rows).toEqual([{ durable: 'onon', administrator: true, language: true }])
  })

  test('keeps what it has committed when it is killed', async () => {
    await query(own.url, 'create table kept (n int)')
    await query(own.url, 'insert into kept values (1)')
    await own.kill()
    await expect(query(own.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
    await own.start()
    expect(await query(own.url, 'select n from kept')).toEqual([{ n: 1 }])
    await own.end()
  })
})

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
