/** A database of its own for a test, on the real server. */
import { server } from '@synclayer/servers'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { postgresSchemaSql } from '../sql/schema-sql.ts'

type Row = Record<string, unknown>

const RECORD_TABLES = ['inbox', 'result', 'record', 'mark', 'feed']

export interface TestDatabase {
  readonly url: string
  readonly name: string
  /** Runs SQL as the owner, on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Forgets all records, as if the schema had just been made; and what was saved. */
  clear(): Promise<void>
  /** Saves the database as it is; what it answers puts that state back, and ends all connections. */
  backup(): Promise<() => Promise<void>>
  drop(): Promise<void>
}

/** What a test database is made from. */
export interface TestServer {
  /** The administrator's URL. */
  readonly url: string
  /** Runs SQL as the administrator, outside the databases of tests. */
  query(text: string): Promise<readonly Row[]>
  /** An empty database. */
  createDatabase(): Promise<TestDatabase>
  /** A database that has the schema already, as `sql` makes it: copying one is quicker than making it anew. */
  createPrepared(): Promise<TestDatabase>
  /** Removes what prepared databases were copied from. */
  close(): Promise<void>
}

/** The shared server, or the one of a URL. */
export async function openTestServer(
  givenUrl?: string,
  sql: string = postgresSchemaSql(),
): Promise<TestServer> {
  const url = givenUrl ?? (await server('postgres')).url
  let prepared: Promise<TestDatabase> | undefined
  return {
    url,
    query: async (text) => runOn(url, text),
    createDatabase: async () => createDatabase(url, ''),
    createPrepared: async () => {
      prepared ??= (async () => {
        const template = await createDatabase(url, '')
        await template.query(sql)
        return template
      })()
      return createDatabase(url, ` TEMPLATE ${(await prepared).name}`)
    },
    close: async () => (await prepared)?.drop(),
  }
}

/** A database's URL as another role, or another database of the same server. */
export function changeUrl(
  url: string,
  {
    database,
    user,
    password,
  }: { readonly database?: string; readonly user?: string; readonly password?: string },
): string {
  const other = new URL(url)
  if (database !== undefined) other.pathname = `/${database}`
  if (user !== undefined) other.username = encodeURIComponent(user)
  if (password !== undefined) other.password = password
  return other.href
}

/** Runs SQL on a connection of its own. */
export async function runOn(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Row>(text, [...values])
    return rows
  } finally {
    await client.end()
  }
}

async function createDatabase(serverUrl: string, how: string): Promise<TestDatabase> {
  const name = `synclayer_test_${randomBytes(6).toString('hex')}`
  await runOn(serverUrl, `CREATE DATABASE ${name}${how}`)
  const url = changeUrl(serverUrl, { database: name })
  const copies: string[] = []
  const dropCopies = async (): Promise<void> => {
    for (const copy of copies.splice(0)) await dropDatabase(serverUrl, copy)
  }
  return {
    url,
    name,
    query: async (text, values) => runOn(url, text, values),
    clear: async () => {
      await dropCopies()
      await runOn(url, RECORD_TABLES.map((table) => `DELETE FROM synclayer.${table}`).join('; '))
    },
    backup: async () => {
      const copy = `${name}_copy${copies.length}`
      copies.push(copy)
      await cloneDatabase(serverUrl, name, copy)
      return async () => {
        await dropDatabase(serverUrl, name)
        await cloneDatabase(serverUrl, copy, name)
      }
    },
    drop: async () => {
      await dropCopies()
      await dropDatabase(serverUrl, name)
    },
  }
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await runOn(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

/** A copy of the files: whatever is in them is as it was. */
async function cloneDatabase(serverUrl: string, from: string, to: string): Promise<void> {
  await runOn(serverUrl, `ALTER DATABASE ${from} ALLOW_CONNECTIONS false`)
  await runOn(
    serverUrl,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${from}'`,
  )
  await runOn(serverUrl, `CREATE DATABASE ${to} TEMPLATE ${from}`)
  for (const name of [from, to]) await runOn(serverUrl, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
}
