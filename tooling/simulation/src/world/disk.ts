/** A device's disk: the store on it, which outlives every process, can be copied, and can be put back. */
import { createMemoryStore, type MemoryStore, openMemoryStorage } from '@synclayer/core/testing'
import type { RecordRow } from '@synclayer/core/storage'
import { SYNCED } from '../scenario/collections.ts'

const SCHEMA = {
  collections: [...SYNCED, 'drafts'].map((name) => ({ name, indexes: [] })),
  durability: 'process',
} as const

export class Disk {
  memory: MemoryStore = createMemoryStore()
  full = false
  /** Processes of different versions of the app were on it: some may be shut out until they start again. */
  takenOver = false
  /** What was kept to go back to. */
  kept: MemoryStore | null = null

  /** A row as it lies there. */
  row(collection: string, id: string): RecordRow | undefined {
    return this.memory.collections.get(collection)?.rows.get(id)?.record
  }

  /** All rows of a collection. */
  rowsOf(collection: string): readonly RecordRow[] {
    const rows = this.memory.collections.get(collection)?.rows
    return rows === undefined ? [] : [...rows.values()].map(({ record }) => record)
  }

  /** Everything. */
  rows(): readonly RecordRow[] {
    return rowsOf(this.memory)
  }

  /** Everything with something to send. */
  unsent(): readonly RecordRow[] {
    return this.rows().filter(({ lane }) => lane !== null)
  }

  async copy(): Promise<MemoryStore> {
    return copyStore(this.memory)
  }
}

function rowsOf(memory: MemoryStore): readonly RecordRow[] {
  return [...memory.collections.values()].flatMap(({ rows }) =>
    [...rows.values()].map(({ record }) => record),
  )
}

export async function copyStore(from: MemoryStore): Promise<MemoryStore> {
  const to = createMemoryStore()
  const [source, target] = [openMemoryStorage(from), openMemoryStorage(to)]
  await source.open(SCHEMA)
  await target.open(SCHEMA)
  const entries = await source.listEntries('')
  await target.commit({
    records: rowsOf(from).map((row) => ({ ...row, keys: [] })),
    entries: entries.map(({ name, value }) => ({ name, value })),
  })
  await source.close()
  await target.close()
  return to
}
