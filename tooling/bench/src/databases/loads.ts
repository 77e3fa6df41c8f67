/** How each database is written to and read, by its adapter and by its plain driver. A new one is a row here. */
import { mariadbAdapter } from '@synclayer/adapter-mariadb'
import { mysqlAdapter } from '@synclayer/adapter-mysql'
import { postgresAdapter } from '@synclayer/adapter-postgres'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { type DatabaseKind, databaseKinds } from '@synclayer/databases'
import { adapterLoad } from './adapter-load.ts'
import type { DatabaseLoad, OpenLoads } from './load.ts'
import { plainMysql } from './plain-mysql.ts'
import { plainPostgres } from './plain-postgres.ts'
import { plainSqlite } from './plain-sqlite.ts'
import { openSupabase } from './supabase.ts'

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

/** By their adapters' names, in the order in which they are measured. */
export const DATABASES: Readonly<Record<string, (clients: number) => Promise<OpenLoads>>> = {
  ...Object.fromEntries(
    databaseKinds.map((kind) => [kind.adapter, (clients: number) => openLoads(kind, clients)]),
  ),
  supabase: openSupabase,
}

/** On a database of its own in the shared server. Rejects where nobody has said how. */
async function openLoads(kind: DatabaseKind, clients: number): Promise<OpenLoads> {
  const loads = LOADS[kind.adapter]
  if (loads === undefined) throw new Error(`The benchmark knows no plain driver for ${kind.adapter}.`)
  const host = await kind.open('shared')
  const { place, product, remove } = await host.create()
  const where = 'path' in place ? place.path : place.url
  const plain = await loads.plain(where, clients)
  const ours = await adapterLoad(loads.adapter(where))
  return {
    product,
    plain,
    ours,
    async remove() {
      await remove()
      await host.end()
    },
  }
}
