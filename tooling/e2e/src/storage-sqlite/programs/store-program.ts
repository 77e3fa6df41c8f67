/** What the programs share: the store whose path they are given, with its one collection. */
import type { RecordWrite, Storage } from '@synclayer/core/storage'
import { sqliteStorage } from '@synclayer/storage-sqlite'

export const SCHEMA = { collections: [{ name: 'notes', indexes: [] }], durability: 'process' } as const

/** A row of `notes` whose `sync` holds what a program has to say. */
export function noteRow(id: string, sync: string): RecordWrite {
  return {
    collection: 'notes',
    id,
    scope: 's',
    document: '{}',
    base: null,
    sync,
    lane: 'waiting',
    order: 1,
    keys: [],
  }
}

/** Opens the store at the program's first argument. */
export async function openStore(path = process.argv[2]): Promise<Storage> {
  if (path === undefined) throw new Error('Give the path of the store.')
  const storage = sqliteStorage({ path })
  await storage.open(SCHEMA)
  return storage
}
