import type { RemoteRecord } from '@synclayer/core/adapter'
import { callAdapter } from './adapter-call.ts'
import { untagMutation } from './client-tags.ts'
import type { OperationsDeps } from './operations-deps.ts'

/** What is asked for in one turn of the event loop, and is read together. */
interface Batch {
  readonly ids: Set<string>
  readonly records: Promise<ReadonlyMap<string, RemoteRecord>>
}

/**
 * Reads the records a push is about as they are stored. Each is read once, and those asked for at the same time with one
 * request for each collection.
 */
export function createCurrentRecords(
  deps: OperationsDeps,
  scope: string,
  tag: string,
): (collection: string, id: string) => Promise<RemoteRecord | null> {
  const known = new Map<string, Promise<RemoteRecord | null>>()
  const gathering = new Map<string, Batch>()

  const gather = (collection: string): Batch => {
    const ids = new Set<string>()
    const read = async (): Promise<ReadonlyMap<string, RemoteRecord>> => {
      await Promise.resolve()
      gathering.delete(collection)
      const request = { scope, collection, ids: [...ids] }
      const records = await callAdapter(deps, (signal) => deps.adapter.fetch(request, signal))
      return new Map(records.map((record) => [record.id, record]))
    }
    const batch = { ids, records: read() }
    gathering.set(collection, batch)
    return batch
  }

  const read = async (collection: string, id: string): Promise<RemoteRecord | null> => {
    const batch = gathering.get(collection) ?? gather(collection)
    batch.ids.add(id)
    const record = (await batch.records).get(id)
    if (record?.mutation === undefined) return record ?? null
    return { ...record, mutation: untagMutation(record.mutation, tag) }
  }

  return (collection, id) => {
    const name = `${collection}/${id}`
    let record = known.get(name)
    if (record === undefined) {
      record = read(collection, id)
      known.set(name, record)
    }
    return record
  }
}
