/** The table of one collection: its prepared statements, and what is done with single rows. */
import { type DamagedRecord, type RecordWrite, type StoredRecord, SyncError } from '@synclayer/core/storage'
import type Database from 'better-sqlite3'
import type { CatalogEntry } from './catalog.ts'
import { addColumns, COLUMNS, fromColumns, type RawRow, toSafeInteger } from './record-row.ts'

export type Row = StoredRecord | DamagedRecord

/** How many new rows one statement writes: more save little, and bind too much at a time. */
export const ROWS_TOGETHER = 20

/** One declared collection, open. */
export interface CollectionTable {
  readonly entry: CatalogEntry
  readonly read: (id: string) => Row | undefined
  readonly revisionOf: (id: string) => number | null
  /** Writes a row whose id is not there yet; false, and nothing is done, where it is. */
  readonly insert: (write: RecordWrite, revision: number) => boolean
  /** Writes ROWS_TOGETHER rows, all of them new; false where one is there, and then some may have been written. */
  readonly insertTogether: (writes: readonly RecordWrite[], revisions: () => number) => boolean
  /** Writes over a row that is there. */
  readonly update: (write: RecordWrite, revision: number) => void
  readonly remove: (id: string) => void
  /** Keeps a copy of a row as it is. */
  readonly setAside: (id: string) => void
  /** A statement over this table, prepared once. Its rows are arrays that begin with COLUMNS. */
  readonly prepare: (sql: string) => Database.Statement<unknown[], RawRow>
  /** One that is not shared, to be walked while others like it are. */
  readonly prepareAnother: (sql: string) => Database.Statement<unknown[], RawRow>
  readonly toRow: (raw: RawRow) => Row
}

/** Prepares what every call on a collection needs. */
export function openCollectionTable(database: Database.Database, entry: CatalogEntry): CollectionTable {
  const { table, name, indexes } = entry
  const statements = new Map<string, Database.Statement<unknown[], RawRow>>()

  function prepare(sql: string): Database.Statement<unknown[], RawRow> {
    const prepared = statements.get(sql)
    if (prepared !== undefined) return prepared
    const statement = database.prepare<unknown[], RawRow>(sql)
    if (statement.reader) statement.raw()
    statements.set(sql, statement)
    return statement
  }

  const columns = [...COLUMNS.split(', '), ...indexes.map(({ column }) => column)]
  const insertOf = (rows: number): Database.Statement<unknown[], RawRow> => {
    const row = `(${columns.map(() => '?').join(', ')})`
    return prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}
       ON CONFLICT (id) DO NOTHING`,
    )
  }
  const insert = insertOf(1)
  let together: ReturnType<typeof insertOf> | undefined
  const update = prepare(
    `UPDATE ${table} SET ${columns
      .slice(1)
      .map((column) => `${column} = ?`)
      .join(', ')} WHERE id = ?`,
  )
  const read = prepare(`SELECT ${COLUMNS} FROM ${table} WHERE id = ?`)
  const revisionOf = database.prepare<[string], unknown>(`SELECT revision FROM ${table} WHERE id = ?`).pluck()
  const remove = prepare(`DELETE FROM ${table} WHERE id = ?`)

  /** Adds what is bound for a row. Where there is no document there are no keys: NULL keeps the row out of the indexes. */
  function bind(values: unknown[], write: RecordWrite, revision: number): void {
    const { keys, document } = write
    const expected = document === null ? 0 : indexes.length
    if (keys.length !== expected) {
      throw new SyncError(
        'STORAGE_FAILED',
        `A row of "${name}" needs ${expected} index keys, not ${keys.length}.`,
        {
          retryable: false,
        },
      )
    }
    addColumns(values, write, revision)
    for (let index = 0; index < indexes.length; index++) values.push(keys[index] ?? null)
  }

  return {
    entry,
    read(id) {
      const raw = read.get(id)
      return raw === undefined ? undefined : fromColumns(name, raw)
    },
    revisionOf(id) {
      const revision = revisionOf.get(id)
      return revision === undefined ? null : toSafeInteger(revision)
    },
    insert(write, revision) {
      const values: unknown[] = []
      bind(values, write, revision)
      return insert.run(values).changes === 1
    },
    insertTogether(writes, revisions) {
      const values: unknown[] = []
      for (const write of writes) bind(values, write, revisions())
      together ??= insertOf(ROWS_TOGETHER)
      return together.run(values).changes === ROWS_TOGETHER
    },
    update(write, revision) {
      const values: unknown[] = []
      bind(values, write, revision)
      values.push(values.shift())
      update.run(values)
    },
    remove(id) {
      remove.run(id)
    },
    setAside(id) {
      prepare(
        `INSERT INTO set_aside (collection, ${COLUMNS}) SELECT ?, ${COLUMNS} FROM ${table} WHERE id = ?`,
      ).run(name, id)
    },
    prepare,
    prepareAnother: (sql) => database.prepare<unknown[], RawRow>(sql).raw(),
    toRow: (raw) => fromColumns(name, raw),
  }
}
