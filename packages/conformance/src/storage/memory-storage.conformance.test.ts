import { createMemoryStore, type MemoryStore, openMemoryStorage } from '@synclayer/core/testing'
import { describe, test } from 'vitest'
import { storageConformance } from './storage-conformance.ts'

describe('memoryStorage', () => {
  const stores = new Map<string, MemoryStore>()
  storageConformance({
    describe,
    test,
    create({ location }) {
      const store = stores.get(location) ?? createMemoryStore()
      stores.set(location, store)
      return openMemoryStorage(store)
    },
    destroy({ location }) {
      stores.delete(location)
    },
  })
})
