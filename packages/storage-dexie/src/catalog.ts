/**
 * What the store knows of its collections, their indexes and the versions of their documents. Each index has a number,
 * which stands before its elements. An index that is dropped and declared again gets another one, so that what rows still
 * hold of the old one is not found.
 */
import { type CollectionSchema, SyncError } from '@synclayer/core/storage'

/** As it is stored. */
export interface StoredCatalog {
  /** Rises with every change of the catalog. */
  readonly generation: number
  readonly nextNumber: number
  /** The numbers of the indexes, by collection and name. */
  readonly collections: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The generation in which a collection was given its indexes. Stores of before say it from the next time on. */
  readonly indexedIn?: Readonly<Record<string, number>>
  /** The version of a collection's documents. Absent where nobody has said it. */
  readonly versions?: Readonly<Record<string, StoredVersion>>
}

interface StoredVersion {
  readonly version: number
  /** The generation in which it was said. */
  readonly saidIn: number
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
  /** Undefined: whatever the store has. */
  readonly version: number | undefined
}

const EMPTY: StoredCatalog = { generation: 0, nextNumber: 0, collections: {} }

/** The catalog with the collections of a schema in it; the same stored object where nothing of it changed. */
export function declareCollections(
  stored: StoredCatalog | undefined,
  schemas: readonly CollectionSchema[],
  indexHead: (number: number) => string,
): Catalog {
  const now = withSchemas(stored ?? EMPTY, schemas)
  const declared = schemas.map(({ name, indexes, version }): readonly [string, DeclaredCollection] => {
    const numbers = own(now.collections, name)
    const heads = indexes.map((index) => indexHead(own(numbers, index)!))
    const headByIndex = new Map(indexes.map((index, at) => [index, heads[at]!]))
    return [name, { name, heads, headByIndex, version }]
  })
  return { stored: now, declared: new Map(declared) }
}

function withSchemas(before: StoredCatalog, schemas: readonly CollectionSchema[]): StoredCatalog {
  const generation = before.generation + 1
  const collections: Record<string, Readonly<Record<string, number>>> = { ...before.collections }
  const indexedIn: Record<string, number> = { ...before.indexedIn }
  const versions: Record<string, StoredVersion> = { ...before.versions }
  let { nextNumber } = before
  let isChanged = false
  for (const { name, indexes, version } of schemas) {
    const old = own(collections, name)
    if (old === undefined || !isSameSet(Object.keys(old), indexes)) {
      const numbers = indexes.map((index) => [index, own(old, index) ?? nextNumber++] as const)
      collections[name] = Object.fromEntries(numbers)
      indexedIn[name] = generation
      isChanged = true
    }
    if (version !== undefined && version !== own(versions, name)?.version) {
      versions[name] = { version, saidIn: generation }
      isChanged = true
    }
  }
  return isChanged ? { generation, nextNumber, collections, indexedIn, versions } : before
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

/**
 * The declared collections that another storage has opened with other indexes or another version since, also where a third
 * one has brought back what they had.
 */
export function outdatedBy({ stored, declared }: Catalog, now: StoredCatalog | undefined): readonly string[] {
  const shapeIn = (catalog: StoredCatalog | undefined, { name, version }: DeclaredCollection): string =>
    JSON.stringify([
      own(catalog?.collections, name),
      own(catalog?.indexedIn, name),
      // Whoever names no version takes any.
      version === undefined ? undefined : own(catalog?.versions, name),
    ])
  const all = Array.from(declared.values())
  return all.filter((each) => shapeIn(stored, each) !== shapeIn(now, each)).map(({ name }) => name)
}

/** True where the store has collections that were not declared. */
export function hasOthers({ stored, declared }: Catalog): boolean {
  return Object.keys(stored.collections).some((name) => !declared.has(name))
}

function own<Value>(values: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each))
}
