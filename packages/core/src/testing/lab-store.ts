/** What a client of a lab keeps: a store that outlives its process, and can be copied. */
import type { Storage, WriteBatch } from '../ports/storage.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'

/** A second device restored from the first one's backup: the same store, from here on going its own way. */
export async function copyStore(
  memory: MemoryStore,
  collections: readonly string[] = ['items'],
): Promise<MemoryStore> {
  const copy = createMemoryStore()
  const [from, to] = [openMemoryStorage(memory), openMemoryStorage(copy)]
  const schema = {
    collections: collections.map((name) => ({ name, indexes: [] })),
    durability: 'process' as const,
  }
  await from.open(schema)
  await to.open(schema)
  const entries = await from.listEntries('')
  await to.commit({ entries: entries.map(({ name, value }) => ({ name, value })) })
  for (const collection of collections) {
    const rows = await from.scan({ collection, after: null, limit: 1_000_000 })
    await to.commit({ records: rows.flatMap((row) => ('damaged' in row ? [] : [{ ...row, keys: [] }])) })
  }
  await from.close()
  await to.close()
  return copy
}

/** The storage of one process: nothing is written once it is dead, and `beforeCommit` may throw in a commit's place. */
export function mortalStorage(
  storage: Storage,
  life: { readonly alive: boolean },
  beforeCommit: (batch: WriteBatch) => void,
): Storage {
  return {
    ...storage,
    commit: async (batch, expect) => {
      if (!life.alive) return new Promise(() => undefined)
      beforeCommit(batch)
      return storage.commit(batch, expect)
    },
  }
}
