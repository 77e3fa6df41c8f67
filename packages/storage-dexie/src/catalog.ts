/**
 * What the store knows of its collections and their indexes: each index has a number, which stands before its elements.
 * An index that is dropped and declared again gets another one, so that what rows still hold of the old one is not found.
 */
import { type CollectionSchema, SyncError } from '@synclayer/core/storage'

/** As it is stored. */
export interface StoredCatalog {
  /** Changes whenever a collection or an index is added or dropped. */
  readonly generation: number
  readonly nextNumber: number
  /** The numbers of the indexes, by collection and name. */
  readonly collections: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** As an open storage uses it. */
export interface Catalog {
  readonly stored: StoredCatalog
  readonly declared: ReadonlyMap<string, DeclaredCollection>
}

export interface DeclaredCollection {
  readonly name: string
  /** What the elements of each index begin with, in the order of the schema. */
  readonly heads: readonly string[]
  readonly headByIndex: ReadonlyMap<string, string>
}

const EMPTY: StoredCatalog = { generation: 0, nextNumber: 0, collections: {} }

/** The catalog with the collections of a schema in it; the same stored object where nothing of it changed. */
export function declareCollections(
  stored: StoredCatalog | undefined,
  schemas: readonly CollectionSchema[],
  indexHead: (number: number) => string,
): Catalog {
  const before = stored ?? EMPTY
  const collections: Record<string, Readonly<Record<string, number>>> = { ...before.collections }
  let { nextNumber } = before
  let isChanged = false
  for (const { name, indexes } of schemas) {
    const old = Object.hasOwn(collections, name) ? collections[name] : undefined
    if (old !== undefined && isSameSet(Object.keys(old), indexes)) continue
    isChanged = true
    const numbers = indexes.map((index) => [index, numberOf(old, index) ?? nextNumber++] as const)
    collections[name] = Object.fromEntries(numbers)
  }
  const now = isChanged ? { generation: before.generation + 1, nextNumber, collections } : before
  const declared = schemas.map(({ name, indexes }): readonly [string, DeclaredCollection] => {
    const heads = indexes.map((index) => indexHead(numberOf(collections[name], index)!))
    return [name, { name, heads, headByIndex: new Map(indexes.map((index, at) => [index, heads[at]!])) }]
  })
  return { stored: now, declared: new Map(declared) }
}

/** The collection, if the storage was opened with it. */
export function collectionIn(catalog: Catalog, name: string): DeclaredCollection {
  const declared = catalog.declared.get(name)
  if (declared !== undefined) return declared
  const message = `The storage was opened without the collection "${name}".`
  throw new SyncError('UNKNOWN_COLLECTION', message, { details: { collection: name } })
}

/** What the elements of an index begin with, if the storage was opened with it. */
export function headIn(collection: DeclaredCollection, index: string): string {
  const head = collection.headByIndex.get(index)
  if (head !== undefined) return head
  const message = `"${collection.name}" was opened without the index "${index}".`
  throw new SyncError('STORAGE_FAILED', message, {
    retryable: false,
    details: { collection: collection.name, index },
  })
}

/** Throws where the indexes of a collection are no longer what they were when the storage was opened. */
export function checkStillSo(
  catalog: Catalog,
  now: StoredCatalog | undefined,
  names: Iterable<string>,
): void {
  if (now?.generation === catalog.stored.generation) return
  for (const name of names) {
    const [mine, theirs] = [catalog.stored.collections[name], now?.collections[name]]
    if (JSON.stringify(mine) === JSON.stringify(theirs)) continue
    throw new SyncError(
      'STORAGE_FAILED',
      `Another tab has opened the store with other indexes of "${name}". Reload this page.`,
      { retryable: false, details: { collection: name } },
    )
  }
}

/** True where the store has collections that were not declared. */
export function hasOthers({ stored, declared }: Catalog): boolean {
  return Object.keys(stored.collections).some((name) => !declared.has(name))
}

function numberOf(numbers: Readonly<Record<string, number>> | undefined, index: string): number | undefined {
  return numbers !== undefined && Object.hasOwn(numbers, index) ? numbers[index] : undefined
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each))
}
