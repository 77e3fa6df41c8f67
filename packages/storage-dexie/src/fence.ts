/**
 * Keeps a storage from collections that another has opened with other indexes or another version since (ST10): it would
 * write rows that the other does not find, or read documents that its app does not know.
 */
import { outdatedError } from '@synclayer/core/storage'
import { type Catalog, outdatedBy, type StoredCatalog } from './catalog.ts'
import { resultOf } from './requests.ts'
import { META } from './store-database.ts'

export const CATALOG = 'catalog'
/** The generation of the catalog, by itself: every read and every commit asks for it, and that must cost little. */
export const GENERATION = 'generation'

export interface Fence {
  /**
   * Rejects where one of the collections is outdated. It holds for all that the transaction reads and writes; META must be
   * among its stores.
   */
  readonly check: (transaction: IDBTransaction, collections: Iterable<string>) => Promise<void>
}

export function createFence(catalog: Catalog): Fence {
  const outdated = new Set<string>()
  let known: unknown = catalog.stored.generation
  return {
    async check(transaction, collections) {
      const meta = transaction.objectStore(META)
      const generation = await resultOf<unknown>(meta.get(GENERATION))
      if (generation !== known) {
        const now = await resultOf<StoredCatalog | undefined>(meta.get(CATALOG))
        for (const name of outdatedBy(catalog, now)) outdated.add(name)
        known = generation
      }
      for (const name of collections) if (outdated.has(name)) throw outdatedError(name)
    },
  }
}
