import { postgresAdapter } from '@synclayer/adapter-postgres'
import { databaseKind } from '@synclayer/databases'
import pg from 'pg'
import { type Program, SHOP_TABLES, type ShopKind } from './shop.ts'

export const postgresShop: ShopKind = {
  adapter: 'postgres',
  open: async () => {
    const host = await databaseKind('postgres').open('shared')
    const database = await host.create()
    if (!('url' in database.place)) throw new Error('PostgreSQL has no address.')
    const { url } = database.place
    return {
      product: database.product,
      createAdapter: () => postgresAdapter({ url, maxConnections: 3, pollInterval: 50, tables: SHOP_TABLES }),
      connect: () => connect(url),
      remove: () => database.remove(),
    }
  },
}

async function connect(url: string): Promise<Program> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    transaction: async (statements, isKept) => {
      await client.query('BEGIN')
      try {
        for (const { sql, values } of statements) await client.query(numbered(sql), [...values])
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
    },
    query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    close: () => client.end(),
  }
}

/** `?` as PostgreSQL has it. */
function numbered(sql: string): string {
  let n = 0
  return sql.replaceAll('?', () => `$${++n}`)
}
