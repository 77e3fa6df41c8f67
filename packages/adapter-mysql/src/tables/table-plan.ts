/** What syncing a table takes, as statements: for the adapter, and for people who apply them. */
import type { CheckedTable } from '@synclayer/adapter-kit'
import type { Invalid } from '../invalid-option.ts'
import { quoteText } from '../quote.ts'
import type { Session } from '../session.ts'
import { cascadePaths, readForeignKeys } from './foreign-keys.ts'
import { currentDatabase, describe, openTable } from './synced-tables.ts'
import { NEXT_GENERATION, type RegisteredTable, registerSql, unregisterSql } from './table-registry.ts'
import { dropTriggerSql, noteAllSql, triggersOf } from './triggers.ts'

/** Statements in order. */
export interface TablePlan {
  /** Each takes effect at once: a database that fails in between is one where nothing is synced that was not before. */
  readonly triggers: readonly string[]
  /** For one transaction. */
  readonly rows: readonly string[]
}

export interface SetUpPlan extends TablePlan {
  readonly wanted: RegisteredTable
}

/** How `table` is set up. `known` is what it was before. Throws INVALID_OPTION where it cannot be synced. */
export async function planSetUp(
  session: Session,
  table: CheckedTable,
  known: RegisteredTable | undefined,
  invalid: Invalid,
): Promise<SetUpPlan> {
  await openTable(session, table, invalid)
  const database = await currentDatabase(session)
  const described = await describe(session, database, table, invalid)
  const paths = cascadePaths(await readForeignKeys(session, described.name), described.name)
  if (paths === null)
    throw invalid(
      `tables.${table.collection}.table`,
      'its foreign keys with ON DELETE or ON UPDATE actions lead in circles in too many ways to be followed by triggers',
    )
  const noted = { table, described, database }
  const wanted = { table, triggers: triggersOf(noted, paths) }
  const drops = [...(known?.triggers ?? []), ...wanted.triggers].map((trigger) =>
    dropTriggerSql(database, trigger),
  )
  return {
    wanted,
    triggers: [...new Set(drops), ...wanted.triggers.map(({ sql }) => sql)],
    // Also what was written before there were triggers, and records whose rows went meanwhile.
    rows: [NEXT_GENERATION, registerSql(wanted), noteAllSql(noted), noteRecordsSql(table.collection)],
  }
}

/** How a table is taken out: its records stay, as those of an ordinary collection. */
export async function planDetach(
  session: Session,
  collection: string,
  known: RegisteredTable | undefined,
): Promise<TablePlan> {
  const database = await currentDatabase(session)
  return {
    triggers: (known?.triggers ?? []).map((trigger) => dropTriggerSql(database, trigger)),
    rows: [
      NEXT_GENERATION,
      unregisterSql(collection),
      `DELETE FROM synclayer_inbox WHERE collection = ${quoteText(collection)}`,
    ],
  }
}

function noteRecordsSql(collection: string): string {
  return `INSERT INTO synclayer_inbox (scope, collection, id, seq)
SELECT f.scope, r.collection, r.id, UUID_SHORT() FROM synclayer_record AS r JOIN synclayer_feed AS f USING (feed)
WHERE r.collection = ${quoteText(collection)} AND r.deleted_at IS NULL`
}
