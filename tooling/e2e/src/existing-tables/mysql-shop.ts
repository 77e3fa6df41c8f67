import { mariadbAdapter } from '@synclayer/adapter-mariadb'
import { mysqlAdapter } from '@synclayer/adapter-mysql'
import { databaseKind } from '@synclayer/databases'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { type Program, SHOP_TABLES, type ShopKind } from './shop.ts'

const ADAPTERS = { mysql: mysqlAdapter, mariadb: mariadbAdapter } as const

export function mysqlShop(name: 'mysql' | 'mariadb'): ShopKind {
  return {
    adapter: name,
    open: async () => {
      const host = await databaseKind(name).open('shared')
      const database = await host.create()
      if (!('url' in database.place)) throw new Error(`${name} has no address.`)
      const { url } = database.place
      return {
        product: database.product,
        createAdapter: () =>
          ADAPTERS[name]({ url, maxConnections: 3, pollInterval: 50, tables: SHOP_TABLES }),
        connect: () => connect(url),
        remove: () => database.remove(),
      }
    },
  }
}

async function connect(url: string): Promise<Program> {
  const client = await createConnection(url)
  await client.query(`SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')`)
  const run: Program['transaction'] = async (statements, isKept) => {
    await client.query('START TRANSACTION')
    try {
      for (const { sql, values } of statements) await client.query(sql, [...values])
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    }
    await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
  }
  return {
    transaction: async (statements, isKept) => {
      // Every program that shares a MySQL with others must be ready to be the victim of a deadlock.
      for (;;) {
        try {
          return await run(statements, isKept)
        } catch (error) {
          if (!isDeadlock(error)) throw error
        }
      }
    },
    query: async (sql) => (await client.query<RowDataPacket[]>(sql))[0],
    close: () => client.end(),
  }
}

function isDeadlock(error: unknown): boolean {
  return (error as { readonly errno?: unknown }).errno === 1213
}
