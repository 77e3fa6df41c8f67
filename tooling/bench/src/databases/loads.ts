/** How each database is written to and read, by its adapter and by its plain driver. A new one is a row here. */
import { mariadbAdapter } from '@synclayer/adapter-mariadb'
import { mysqlAdapter } from '@synclayer/adapter-mysql'
import { postgresAdapter } from '@synclayer/adapter-postgres'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import type { BackendAdapter } from '@synclayer/core/adapter'
import type { TestDatabase } from '@synclayer/databases'
import { adapterLoad } from './adapter-load.ts'
import type { DatabaseLoad } from './load.ts'
import { plainMysql } from './plain-mysql.ts'
import { plainPostgres } from './plain-postgres.ts'
import { plainSqlite } from './plain-sqlite.ts'

interface Loads {
  adapter(place: string): BackendAdapter
  /** In a table of its own, for so many who write at once. */
  plain(place: string, clients: number): Promise<DatabaseLoad>
}

const LOADS: Readonly<Record<string, Loads>> = {
  sqlite: { adapter: (path) => sqliteAdapter({ path }), plain: plainSqlite },
  postgres: { adapter: (url) => postgresAdapter({ url }), plain: plainPostgres },
  mysql: { adapter: (url) => mysqlAdapter({ url }), plain: plainMysql },
  mariadb: { adapter: (url) => mariadbAdapter({ url }), plain: plainMysql },
}

export interface OpenLoads {
  readonly ours: DatabaseLoad
  readonly plain: DatabaseLoad
}

/** Both, on the one database. Rejects where nobody has said how. */
export async function openLoads(database: TestDatabase, clients: number): Promise<OpenLoads> {
  const { adapter, place } = database
  const loads = LOADS[adapter]
  if (loads === undefined) throw new Error(`The benchmark knows no plain driver for ${adapter}.`)
  const where = 'path' in place ? place.path : place.url
  const plain = await loads.plain(where, clients)
  return { plain, ours: await adapterLoad(loads.adapter(where)) }
}
