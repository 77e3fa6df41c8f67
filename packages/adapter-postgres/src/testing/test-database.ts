/** A database of its own for a test, on the real server. */
import { server } from '@synclayer/servers'
import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface TestDatabase {
  readonly url: string
  readonly name: string
  /** Runs SQL as the owner. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** Saves the database as it is; what it answers puts that state back, with all connections closed. */
  backup(): Promise<() => Promise<void>>
  drop(): Promise<void>
}

/** Makes an empty database. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url: serverUrl } = await server('postgres')
  const name = `synclayer_test_${randomBytes(6).toString('hex')}`
  await runOn(serverUrl, `CREATE DATABASE ${name}`)
  const url = withDatabase(serverUrl, name)
  const copies: string[] = []
  return {
    url,
    name,
    query: async (text, values) => runOn(url, text, values),
    backup: async () => {
      const copy = `${name}_copy${copies.length}`
      copies.push(copy)
      await cloneDatabase(serverUrl, name, copy)
      return async () => {
        await runOn(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)
        await cloneDatabase(serverUrl, copy, name)
      }
    },
    drop: async () => {
      for (const each of [name, ...copies])
        await runOn(serverUrl, `DROP DATABASE IF EXISTS ${each} WITH (FORCE)`)
    },
  }
}

/** The URL of another database of the same server. */
function withDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** A copy of the files, as a backup of the whole database is one: even object ids are those of the original. */
async function cloneDatabase(serverUrl: string, from: string, to: string): Promise<void> {
  await runOn(serverUrl, `ALTER DATABASE ${from} ALLOW_CONNECTIONS false`)
  await runOn(
    serverUrl,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${from}'`,
  )
  await runOn(serverUrl, `CREATE DATABASE ${to} TEMPLATE ${from}`)
  for (const name of [from, to]) await runOn(serverUrl, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
}

async function runOn(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, [...values])
    return rows
  } finally {
    await client.end()
  }
}
