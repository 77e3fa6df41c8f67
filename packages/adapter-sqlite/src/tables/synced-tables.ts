/** The tables of the user's own that are synced: which they are is kept in the database, so that every process knows. */
import { type CheckedTable, createTableMapping, type TableMapping } from '@synclayer/adapter-kit'
import type { SyncError } from '@synclayer/core/adapter'
import type { Database } from 'better-sqlite3'
import { describeTable } from './describe-table.ts'
import { quoteName } from './quote.ts'
import { createTableRows, type TableRows } from './table-rows.ts'
import { noteAllSql, triggerPrefix, triggersSql } from './triggers.ts'

export interface SyncedTable {
  readonly mapping: TableMapping
  readonly rows: TableRows
}

/** By the collection's name. */
export type SyncedTables = ReadonlyMap<string, SyncedTable>

type Invalid = (option: string, reason: string) => SyncError

/**
 * Sets up the tables that are given, and takes those that were set up before. Runs in a write transaction. Throws
 * INVALID_OPTION where a table or one of its columns is not there.
 */
export function openTables(
  database: Database,
  given: readonly CheckedTable[],
  invalid: Invalid,
): SyncedTables {
  const tables = new Map<string, SyncedTable>()
  const known = new Map(readDefinitions(database).map((table) => [table.collection, table]))
  for (const table of given) known.set(table.collection, table)
  for (const table of known.values()) {
    const invalidTable = (member: string, reason: string): SyncError =>
      invalid(`tables.${table.collection}.${member}`, reason)
    const described = describeTable(database, table, invalidTable)
    const mapping = createTableMapping(table, described.columns, invalidTable)
    setUp(database, table, triggersSql(table, described))
    tables.set(table.collection, { mapping, rows: createTableRows(database, mapping) })
  }
  return tables
}

/** The tables that are synced, as they were given. */
export function readDefinitions(database: Database): readonly CheckedTable[] {
  const rows = database.prepare(`SELECT definition FROM synclayer_table ORDER BY collection`).pluck().all()
  return (rows as readonly string[]).map((text) => parseDefinition(text))
}

/** Syncs a table no longer: its records stay, as those of an ordinary collection. Runs in a write transaction. */
export function detachTable(database: Database, collection: string): void {
  dropTriggers(database, collection)
  database.prepare(`DELETE FROM synclayer_inbox WHERE collection = ?`).run(collection)
  database.prepare(`DELETE FROM synclayer_table WHERE collection = ?`).run(collection)
}

function setUp(database: Database, table: CheckedTable, triggers: string): void {
  const { collection } = table
  const definition = formatDefinition(table)
  const known = database
    .prepare<[string], { definition: string; triggers: string }>(
      `SELECT definition, triggers FROM synclayer_table WHERE collection = ?`,
    )
    .get(collection)
  const isComplete = countTriggers(database, table) === triggers.split('CREATE TRIGGER ').length - 1
  if (known?.definition === definition && known.triggers === triggers && isComplete) return
  dropTriggers(database, collection)
  database.exec(triggers)
  database
    .prepare(`INSERT OR REPLACE INTO synclayer_table VALUES (?, ?, ?)`)
    .run(collection, definition, triggers)
  // What was written before there were triggers, and records whose rows went meanwhile.
  database.exec(noteAllSql(table))
  database
    .prepare(
      `INSERT INTO synclayer_inbox (scope, collection, id)
       SELECT scope, collection, id FROM synclayer_record JOIN synclayer_feed USING (feed)
       WHERE collection = ? AND deleted = 0`,
    )
    .run(collection)
}

function triggersOf(database: Database, collection: string): readonly { name: string; table: string }[] {
  const prefix = triggerPrefix(collection).toLowerCase()
  return database
    .prepare<[number, string], { name: string; table: string }>(
      `SELECT name, tbl_name AS "table" FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ?) = ?`,
    )
    .all(prefix.length, prefix)
    .filter(({ name }) => /^(?:after|before)_(?:insert|update|delete)$/.test(name.slice(prefix.length)))
}

function countTriggers(database: Database, { collection, table }: CheckedTable): number {
  return triggersOf(database, collection).filter((trigger) => trigger.table === table).length
}

function dropTriggers(database: Database, collection: string): void {
  for (const { name } of triggersOf(database, collection)) database.exec(`DROP TRIGGER ${quoteName(name)}`)
}

function formatDefinition({ fields, ...table }: CheckedTable): string {
  return JSON.stringify({ ...table, fields: fields === null ? null : [...fields] })
}

function parseDefinition(text: string): CheckedTable {
  const table = JSON.parse(text) as CheckedTable & {
    readonly fields: readonly (readonly [string, string])[] | null
  }
  return { ...table, fields: table.fields === null ? null : new Map(table.fields) }
}
