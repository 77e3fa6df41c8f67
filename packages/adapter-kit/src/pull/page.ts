/** One page of a pull: changes made of rows, until it is full. */
import { type Change, type JsonObject, projectDocument, type Projection } from '@synclayer/core/adapter'
import { type StoredRecord, toRemoteRecord } from '../stored-record.ts'
import type { Lens, Lenses } from './lens.ts'

/** A row of the feed, as a tuple since there are many. */
export type FeedRow = readonly [
  position: number,
  collection: string,
  id: string,
  version: string,
  deleted: 0 | 1,
  time: string,
  schema: number,
  mutation: string | null,
  document: string | null,
]

export interface Page {
  readonly changes: readonly Change[]
  readonly isFull: boolean
  /** Adds what the client is told of the row, which may be nothing. */
  add(row: FeedRow, telling: Telling): void
  /**
   * How many rows to read at a time: no more than the page has room for and one, which says that there is more; by the size
   * of those read before, many small ones, which is quicker, and few large ones, which have to be held.
   */
  rowsToRead(): number
}

/** What is told of a row, by where the walk is that came upon it. */
export interface Telling {
  /** A snapshot leaves out what does not match; the feed tells of it as a leave (A7). */
  readonly snapshot: boolean
  /** Whether deletes are told: always in the feed; in a snapshot after a restore, since clients then keep what they do not see. */
  readonly tombstones: boolean
}

const PAGE_BYTES = 8 * 1024 * 1024

/** How many rows are read at a time: at first, then by their size. */
export interface RowsPerRead {
  readonly first: number
  readonly least: number
  readonly most: number
  /** Of documents, about: what is held while a page is made. */
  readonly bytes: number
}

// For a database in the process: it reads a row at a time all the same.
const ROWS_PER_READ: RowsPerRead = { first: 40, least: 8, most: 250, bytes: 128 * 1024 }

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** An empty page of at most `limit` changes. */
export function createPage(lenses: Lenses, limit: number, rowsPerRead: RowsPerRead = ROWS_PER_READ): Page {
  const changes: Change[] = []
  let bytes = 0
  return {
    changes,
    get isFull() {
      return changes.length >= limit || bytes >= PAGE_BYTES
    },
    add: (row, { snapshot, tombstones }) => {
      const [, collection, id, version, deleted, time, schema, mutation, text] = row
      if (deleted === 1) {
        if (tombstones) changes.push({ kind: 'delete', ...toRemoteRecord(rowToStored(row), undefined) })
        return
      }
      const lens: Lens | undefined = lenses.get(collection)
      const document = JSON.parse(text as string) as JsonObject
      if (lens?.matches?.(document) === false) {
        if (!snapshot) changes.push({ kind: 'leave', collection, id, version })
        return
      }
      bytes += (text as string).length
      // Written out: spreading costs more than all the rest.
      const put: Writable<Change & { readonly kind: 'put' }> = {
        kind: 'put',
        collection,
        id,
        version,
        deleted: false,
        data: document,
        text: text as string,
        time,
        schema,
      }
      if (mutation !== null) put.mutation = mutation
      changes.push(lens?.fields === undefined ? put : projected(put, lens.fields))
    },
    rowsToRead: () => {
      const { first, least, most } = rowsPerRead
      const rows = bytes === 0 ? first : Math.floor((rowsPerRead.bytes * changes.length) / bytes)
      return Math.min(Math.max(rows, least), most, limit - changes.length + 1)
    },
  }
}

/** The record a row holds. */
export function rowToStored(row: FeedRow): StoredRecord {
  const [, collection, id, version, deleted, time, schema, mutation, document] = row
  return { collection, id, version, deleted: deleted === 1, time, schema, mutation, document }
}

function projected({ text: _text, ...put }: Change & { readonly kind: 'put' }, fields: Projection): Change {
  return { ...put, data: projectDocument(put.data as JsonObject, fields) }
}
