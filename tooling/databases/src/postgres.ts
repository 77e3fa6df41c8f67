import pg from 'pg'
import type { DatabaseKind, StoredDocument } from './database.ts'
import { type PlainConnection, serverKind } from './server-host.ts'

export const postgres: DatabaseKind = serverKind({
  adapter: 'postgres',
  connect,
  createSql: 'CREATE DATABASE ?',
  // Whoever was killed may still be connected, in the server's eyes.
  dropSql: 'DROP DATABASE ? WITH (FORCE)',
  documentsSql:
    'SELECT document FROM synclayer.record WHERE collection = $1 AND NOT deleted ORDER BY id COLLATE "C"',
})

async function connect(url: string): Promise<PlainConnection> {
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks tells the statement under way as well.
  client.on('error', () => undefined)
  await client.connect()
  return {
    async run(sql) {
      await client.query(sql)
    },
    async documents(sql, collection) {
      const { rows } = await client.query<{ document: StoredDocument }>(sql, [collection])
      return rows.map(({ document }) => document)
    },
    close: () => client.end(),
  }
}
