/** Declared indexes: how they are written, named and filled. */
import type { Path } from '../protocol/identifiers.ts'
import { compoundIndexKey, indexKey } from './index-key.ts'
import { parsePath } from './parse-filter.ts'
import { invalidOption } from './parse-json.ts'
import type { Doc } from './query-spec.ts'
import { compilePath, samePath } from './value-at.ts'

/** An index over one or more paths. Every document is in it: what is missing is indexed as null (Q1). */
export interface IndexDefinition {
  /** Canonical: equal exactly for equal paths, so it names the index in the store. */
  readonly name: string
  readonly paths: readonly Path[]
}

/**
 * An index as an app declares it: `'done'`, `'user.name'`, or several components, `['userId', 'priority']`. A component
 * whose keys hold dots is an array of keys: `[['a.b', 'c'], 'priority']`. Throws INVALID_OPTION with the place of the
 * mistake.
 */
export function parseIndex(declared: unknown, at = 'index'): IndexDefinition {
  const components: readonly unknown[] = Array.isArray(declared) ? declared : [declared]
  if (components.length === 0) throw invalidOption(at, 'names no path')
  // Not by map, which passes over the holes of a sparse array.
  const paths = Array.from(components, (component, i) =>
    parsePath(component, Array.isArray(declared) ? `${at}[${i}]` : at),
  )
  paths.forEach((path, i) => {
    if (paths.slice(0, i).some((other) => samePath(other, path))) {
      throw invalidOption(`${at}[${i}]`, 'is in the index already')
    }
  })
  return { name: paths.map((path) => path.map(escapeKey).join('.')).join(','), paths }
}

/** All the indexes of a collection, each once, in the order of their declaration. */
export function parseIndexes(declared: unknown, at = 'indexes'): readonly IndexDefinition[] {
  if (!Array.isArray(declared)) throw invalidOption(at, 'must be an array of paths')
  const byName = new Map<string, IndexDefinition>()
  Array.from(declared, (one: unknown, i) => {
    const index = parseIndex(one, `${at}[${i}]`)
    byName.set(index.name, index)
  })
  return [...byName.values()]
}

/** Keeps names apart where keys hold the separators. */
function escapeKey(key: string): string {
  return key.replaceAll(/[\\.,]/g, '\\$&')
}

/** Prepares the keys a document has in each of the indexes, in their order: what a `RecordWrite` carries. */
export function compileIndexKeys(indexes: readonly IndexDefinition[]): (document: Doc) => Uint8Array[] {
  const makers = indexes.map(({ paths }) => {
    const readers = paths.map(compilePath)
    const [first] = readers
    if (readers.length === 1 && first !== undefined) return (document: Doc) => indexKey(first(document))
    return (document: Doc) => compoundIndexKey(readers.map((read) => read(document)))
  })
  return (document) => makers.map((make) => make(document))
}
