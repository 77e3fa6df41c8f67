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
  const found = await entriesOf(entries, names.map(toIdKey))
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
  const names = await resultOf<readonly string[]>(entries.getAllKeys(range))
  const found = await entriesOf(entries, names)
  return found.map((each) => toEntry(each!))
}

/** The entry of each key, in order; one whose value is lost has its key only, and so is damaged. */
export function entriesOf(
  entries: IDBObjectStore,
  keys: readonly string[],
): Promise<readonly (FoundEntry | undefined)[]> {
  return valuesOf<FoundEntry>(entries, keys, (key) => ({ key }))
}
