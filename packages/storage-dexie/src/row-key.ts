/** Keys of rows: the collection's name, a slash (which no name has), and the key of the id. */
import type { KeyRange, RecordKey } from '@synclayer/core/storage'
import { fromIdKey, toIdKey, toKeyBound } from './id-key.ts'
import type { TextRange } from './key-range.ts'

/** The key of a row. */
export function toRowKey({ collection, id }: RecordKey): string {
  return `${collection}/${toIdKey(id)}`
}

/** The collection of a row's key. */
export function collectionOf(rowKey: string): string {
  return rowKey.slice(0, rowKey.indexOf('/'))
}

/** The id of a row's key. */
export function idOf(rowKey: string): string {
  return fromIdKey(rowKey.slice(rowKey.indexOf('/') + 1))
}

/** The keys of a collection, or of those of its rows whose ids are in a range. `head` stands before all of them. */
export function rowRange(collection: string, range: KeyRange = {}, head = ''): TextRange {
  const lower = range.lower === undefined ? null : toKeyBound(range.lower)
  const upper = range.upper === undefined ? null : toKeyBound(range.upper)
  const prefix = `${head}${collection}/`
  return {
    lower: `${prefix}${lower?.key ?? ''}`,
    lowerOpen: lower?.isExact === true && range.lowerExclusive === true,
    // The sign after the slash is above all of the collection's keys.
    upper: upper === null ? `${head}${collection}0` : `${prefix}${upper.key}`,
    upperOpen: upper === null || !upper.isExact || range.upperExclusive === true,
  }
}
