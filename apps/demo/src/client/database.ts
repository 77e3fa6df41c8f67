/** A client: a store of its own, and the server, which is all that it shares with others. */
import { restAdapter } from '@synclayer/adapter-rest'
import { collection, createSyncLayer, type SyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import type { City, Country } from './data-set.ts'

const collections = {
  cities: collection<City>({ indexes: ['country', 'visits'], fields: { visits: 'counter' } }),
  countries: collection<Country>({ indexes: ['region'] }),
}

export type Database = SyncLayer<typeof collections>

/** How a client is set up. */
export interface ClientSettings {
  /** Of the server. */
  readonly url: string
  /** The file of the store; null: in memory. */
  readonly path: string | null
  /** Without a network, until told otherwise. */
  readonly offline: boolean
}

export async function openDatabase({ url, path, offline }: ClientSettings): Promise<Database> {
  const db = await createSyncLayer({
    ...(path === null ? {} : { storage: sqliteStorage({ path }) }),
    adapter: restAdapter({ url }),
    collections,
    sync: { batchSize: 1000 },
  })
  if (offline) db.pause()
  return db
}
