/** Reads of named values. */
import type { StoredEntry } from '@synclayer/core/storage'
import { type FoundEntry, toEntry } from './entry-format.ts'
import { ABOVE_ALL, toIdKey } from './id-key.ts'
import { toKeyRange } from './key-range.ts'
import { resultOf, valuesOf } from './requests.ts'

/** One answer for each name, in order. */
export async function readEntries(
  entries: IDBObjectStore,
  names: readonly string[],
): Promise<readonly (StoredEntry | undefined)[]> {
  const found = await valuesOf<FoundEntry>(entries, names.map(toIdKey))
  return found.map((each) => {
    if (each === undefined) return undefined
    const { value, revision } = toEntry(each)
    return { value, revision }
  })
}

/** The entries whose name begins with a text, by name. */
export async function listEntries(
  entries: IDBObjectStore,
  prefix: string,
): Promise<readonly (StoredEntry & { readonly name: string })[]> {
  const lower = toIdKey(prefix)
  const range = toKeyRange({ lower, lowerOpen: false, upper: lower + ABOVE_ALL, upperOpen: true })!
  const found = await resultOf<FoundEntry[]>(entries.getAll(range))
  return found.map(toEntry)
}
