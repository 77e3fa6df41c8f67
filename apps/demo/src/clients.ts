/** The people of the demonstration. Each has a store and a connection of their own; all they share is the backend. */
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { collection, createSyncLayer, type Storage, type SyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { join } from 'node:path'
import type { City, Country } from './data-set.ts'

const collections = {
  cities: collection<City>({ indexes: ['country', 'visits'], fields: { visits: 'counter' } }),
  countries: collection<Country>({ indexes: ['region'] }),
}

export type Database = SyncLayer<typeof collections>

export interface Client {
  readonly name: string
  readonly db: Database
}

export interface Clients {
  /** A client with its store in a file of its own. */
  open(name: string): Promise<Client>
  /** A client that has never been here before, and keeps its data in memory. */
  openFresh(): Promise<Client>
  closeAll(): Promise<void>
}

export function createClients(folder: string): Clients {
  const opened: Database[] = []
  const openWith = async (name: string, storage?: Storage): Promise<Client> => {
    const db = await createSyncLayer({
      ...(storage === undefined ? {} : { storage }),
      adapter: sqliteAdapter({ path: join(folder, 'backend.db') }),
      collections,
      sync: { batchSize: 1000 },
    })
    opened.push(db)
    return { name, db }
  }
  return {
    open: (name) => openWith(name, sqliteStorage({ path: join(folder, `${name.toLowerCase()}.db`) })),
    openFresh: () => openWith('A third client'),
    async closeAll() {
      await Promise.all(opened.map((db) => db.close()))
    },
  }
}
