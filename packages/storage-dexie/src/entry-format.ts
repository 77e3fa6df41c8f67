/** How a named value stands in the store. */
import { type StoredEntry, SyncError } from '@synclayer/core/storage'
import { addNumber, addText, START } from './checksum.ts'
import { fromIdKey, toIdKey } from './id-key.ts'

/** An entry as it is written. */
export interface RawEntry {
  /** The name, as a key. */
  readonly key: string
  readonly value: string
  readonly rev: number
  readonly sum: number
}

/** An entry as it is read: when it is damaged, anything but its key may be anything. */
export type FoundEntry = { readonly key: string } & { readonly [Name in 'value' | 'rev' | 'sum']?: unknown }

/** The entry to be written. */
export function toRawEntry(name: string, value: string, revision: number): RawEntry {
  const key = toIdKey(name)
  return { key, value, rev: revision, sum: checksumOf(key, value, revision) }
}

/** Entries hold what the engine counts on (cursors, counters), so that a damaged one is no value, and not none either. */
export function toEntry({ key, value, rev, sum }: FoundEntry): StoredEntry & { readonly name: string } {
  const name = fromIdKey(key)
  if (typeof value === 'string' && Number.isSafeInteger(rev)) {
    const revision = rev as number
    if (sum === checksumOf(key, value, revision)) return { name, value, revision }
  }
  throw new SyncError('STORAGE_CORRUPT', `The entry "${name}" is damaged.`, { details: { entry: name } })
}

function checksumOf(key: string, value: string, revision: number): number {
  return addText(addText(addNumber(START, revision), key), value)
}
