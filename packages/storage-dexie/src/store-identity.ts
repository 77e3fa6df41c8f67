/** What a storage does when it opens, in one transaction: knows the store again, declares its collections, takes revisions. */
import type { CollectionSchema } from '@synclayer/core/storage'
import { type Catalog, declareCollections, type StoredCatalog } from './catalog.ts'
import { CATALOG, GENERATION } from './fence.ts'
import { indexHead } from './index-element.ts'
import { committed, resultOf } from './requests.ts'
import { META } from './store-database.ts'

/** Names the store for good: one that was deleted and made again has another. */
const STORE = 'store'
/** The first block of revisions that nobody has taken. */
const BLOCKS = 'blocks'
/** Written by commits that must reach the disk and have nothing else to write. */
export const FLUSHES = 'flushes'

export interface OpenedStore {
  readonly id: string
  readonly catalog: Catalog
  /** True where it has changed the catalog: others that have the store open may be outdated. */
  readonly isChanged: boolean
  /** The block of revisions that is this storage's own. */
  readonly block: number
}

/** Opens the store in a database. */
export async function openStore(
  idb: IDBDatabase,
  schemas: readonly CollectionSchema[],
  durability: IDBTransactionDurability,
): Promise<OpenedStore> {
  const transaction = idb.transaction(META, 'readwrite', { durability })
  const done = committed(transaction)
  const meta = transaction.objectStore(META)
  const found = await Promise.race([
    Promise.all([STORE, CATALOG, BLOCKS].map((key) => resultOf<unknown>(meta.get(key)))),
    done.then((): unknown[] => []),
  ])
  const [id = newId(), stored, block = 0] = found as [string?, StoredCatalog?, number?]
  const catalog = declareCollections(stored, schemas, indexHead)
  if (found[0] === undefined) meta.put(id, STORE)
  const isChanged = catalog.stored !== stored
  if (isChanged) meta.put(catalog.stored, CATALOG)
  meta.put(catalog.stored.generation, GENERATION)
  meta.put(block + 1, BLOCKS)
  await done
  return { id, catalog, isChanged, block }
}

/** The name of the store in a database; undefined where it has just been made. */
export function storeIdIn(idb: IDBDatabase): Promise<unknown> {
  return resultOf<unknown>(idb.transaction(META).objectStore(META).get(STORE))
}

/** Takes neighbouring blocks of revisions; answers the first of them. */
export async function takeBlocks(transaction: IDBTransaction, count: number): Promise<number> {
  const meta = transaction.objectStore(META)
  const first = await resultOf<number>(meta.get(BLOCKS))
  meta.put(first + count, BLOCKS)
  return first
}

function newId(): string {
  // crypto.randomUUID is only there in secure contexts.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
