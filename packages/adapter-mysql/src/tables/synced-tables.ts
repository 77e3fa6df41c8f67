/** The synced tables as a process knows them: read from the database, and again whenever they have changed there. */
import { type CheckedTable, createTableMapping, type TableMapping } from '@synclayer/adapter-kit'
import type { Database } from '../database.ts'
import type { Invalid } from '../invalid-option.ts'
import type { Session } from '../session.ts'
import { describeTable, type DescribedTable, type SqlColumn } from './describe-table.ts'
import { nameIn } from './table-name.ts'
import { readGeneration, readRegistry } from './table-registry.ts'

/** A table that is synced. */
export interface SyncedTable {
  readonly mapping: TableMapping
  /** Its name in statements. */
  readonly name: string
  readonly id: SqlColumn
  column(name: string): SqlColumn
}

/** By the collection's name. */
export type TableMap = ReadonlyMap<string, SyncedTable>

export interface SyncedTables {
  /** As last read. */
  readonly current: TableMap
  /** As they are at the generation that is held by the transaction. */
  at(session: Session, generation: string): Promise<TableMap>
  /** Whether there may be any. Looks now and then. */
  areThere(): Promise<boolean>
}

// A process that knows of no tables learns of the first after so long, when it reads; at once when it writes.
const LOOK_EVERY_MS = 1_000

export function createSyncedTables(database: Database, invalid: Invalid, now: () => number): SyncedTables {
  let generation: string | undefined
  let current: TableMap = new Map()
  let lookedAt = Number.NEGATIVE_INFINITY
  const take = async (session: Session, found: string): Promise<TableMap> => {
    if (found === generation) return current
    const tables = new Map<string, SyncedTable>()
    for (const [collection, { table }] of await readRegistry(session))
      tables.set(collection, await openTable(session, table, invalid))
    generation = found
    current = tables
    return tables
  }
  return {
    get current() {
      return current
    },
    at: take,
    areThere: async () => {
      if (current.size > 0) return true
      if (Math.abs(now() - lookedAt) < LOOK_EVERY_MS) return false
      await database.use('looking for synced tables', async (session) =>
        take(session, await readGeneration(session)),
      )
      lookedAt = now()
      return current.size > 0
    },
  }
}

/** A table as the database has it. Throws INVALID_OPTION where the table or one of its columns is not there. */
export async function openTable(
  session: Session,
  table: CheckedTable,
  invalid: Invalid,
): Promise<SyncedTable> {
  const database = await currentDatabase(session)
  return toSynced(database, table, await describe(session, database, table, invalid), invalid)
}

/** The database of the connection. */
export async function currentDatabase(session: Session): Promise<string> {
  const [row] = await session.rows('SELECT DATABASE()')
  return String(row?.[0])
}

export function describe(
  session: Session,
  database: string,
  table: CheckedTable,
  invalid: Invalid,
): Promise<DescribedTable> {
  return describeTable(session, database, table, invalidMember(table, invalid))
}

function toSynced(
  database: string,
  table: CheckedTable,
  { name, columns }: DescribedTable,
  invalid: Invalid,
): SyncedTable {
  const mapping = createTableMapping(table, columns, invalidMember(table, invalid))
  const byName = new Map(columns.map((column) => [column.name, column]))
  // The mapping names columns that are there, and no others.
  const column = (wanted: string): SqlColumn => byName.get(wanted) as SqlColumn
  return { mapping, name: nameIn(database, name), id: column(table.idColumn), column }
}

function invalidMember(
  { collection }: CheckedTable,
  invalid: Invalid,
): (member: string, reason: string) => Error {
  return (member, reason) => invalid(`tables.${collection}.${member}`, reason)
}
