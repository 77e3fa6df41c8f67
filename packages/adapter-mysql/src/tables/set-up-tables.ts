/** Sets tables up to be synced, and takes them out again. */
import type { CheckedTable } from '@synclayer/adapter-kit'
import { isSyncError, SyncError } from '@synclayer/core/adapter'
import type { Database, Transaction } from '../database.ts'
import type { Invalid } from '../invalid-option.ts'
import { isErrno, mapError } from '../map-error.ts'
import { underLock } from '../schema.ts'
import type { Session } from '../session.ts'
import { cascadePaths, readForeignKeys } from './foreign-keys.ts'
import { currentDatabase, describe, openTable } from './synced-tables.ts'
import {
  isSameTable,
  nextGeneration,
  readRegistry,
  register,
  type RegisteredTable,
  unregister,
} from './table-registry.ts'
import { dropTriggerSql, noteAllSql, type NotedTable, type Trigger, triggersOf } from './triggers.ts'

/** What syncing a table takes. */
export interface TablePlan extends RegisteredTable {
  readonly noteAll: string
}

/** What setting up `table` would do; nothing is changed. Throws INVALID_OPTION where it cannot be synced. */
export async function planTable(session: Session, table: CheckedTable, invalid: Invalid): Promise<TablePlan> {
  await openTable(session, table, invalid)
  const database = await currentDatabase(session)
  const described = await describe(session, database, table, invalid)
  const noted: NotedTable = { table, described, database }
  const paths = cascadePaths(await readForeignKeys(session, described.name), described.name)
  if (paths === null)
    throw invalid(
      `tables.${table.collection}.table`,
      'its foreign keys with ON DELETE or ON UPDATE actions lead in circles in too many ways to be followed by triggers',
    )
  return { table, triggers: triggersOf(noted, paths), noteAll: noteAllSql(noted) }
}

/**
 * Sets up what is not yet as it is wanted, and notes all rows of what it sets up. Triggers of other versions, or that someone
 * has removed, are made anew.
 */
export async function setUpTables(
  database: Database,
  tables: readonly CheckedTable[],
  invalid: Invalid,
): Promise<void> {
  await database.use('setting up synced tables', (session) =>
    underLock(session, async () => {
      for (const table of tables) {
        const plan = await planTable(session, table, invalid)
        const known = (await readRegistry(session)).get(table.collection)
        if (known !== undefined && isSameTable(known, plan) && (await areThere(session, plan.triggers)))
          continue
        await replaceTriggers(session, known?.triggers ?? [], plan.triggers)
        await inTransaction(session, async () => {
          await nextGeneration(session)
          await register(session, plan)
          await noteAll(session, plan)
        })
      }
    }),
  )
}

/** Makes sure that the tables are set up as they are wanted, without changing anything. */
export async function checkSetUp(
  database: Database,
  tables: readonly CheckedTable[],
  invalid: Invalid,
): Promise<void> {
  await database.use('looking at synced tables', async (session) => {
    const registry = await readRegistry(session)
    for (const table of tables) {
      const plan = await planTable(session, table, invalid)
      const known = registry.get(table.collection)
      if (known === undefined || !isSameTable(known, plan))
        throw invalid(
          `tables.${table.collection}`,
          'the database is not set up for it, and `migrate` is false: apply what the command `tables` prints',
        )
    }
  })
}

/** Syncs a table no longer: its records stay, as those of an ordinary collection. */
export async function detachTable(database: Database, collection: string): Promise<void> {
  await database.use('taking out a synced table', (session) =>
    underLock(session, async () => {
      const known = (await readRegistry(session)).get(collection)
      await inTransaction(session, async () => {
        await nextGeneration(session)
        await unregister(session, collection)
      })
      await replaceTriggers(session, known?.triggers ?? [], [])
      await session.run('DELETE FROM synclayer_inbox WHERE collection = ?', [collection])
    }),
  )
}

/** What was written before there were triggers, and records whose rows went meanwhile. */
async function noteAll(session: Session, { noteAll, table: { collection } }: TablePlan): Promise<void> {
  await session.run(noteAll)
  await session.run(
    `INSERT INTO synclayer_inbox (scope, collection, id, seq)
     SELECT f.scope, r.collection, r.id, UUID_SHORT() FROM synclayer_record AS r JOIN synclayer_feed AS f USING (feed)
     WHERE r.collection = ? AND r.deleted_at IS NULL`,
    [collection],
  )
}

async function areThere(session: Session, triggers: readonly Trigger[]): Promise<boolean> {
  for (const { schema, name } of triggers) {
    const found = await session.rows(
      'SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME = ?',
      [schema, name],
    )
    if (found.length === 0) return false
  }
  return true
}

// A statement on a table waits for those who use it, and everyone else waits behind it: not for long.
const TABLE_WAIT_SECONDS = 5
const NO_TRIGGERS_ALLOWED = 1419

async function replaceTriggers(
  session: Transaction,
  known: readonly Trigger[],
  wanted: readonly Trigger[],
): Promise<void> {
  const database = await currentDatabase(session)
  await session.run(
    `SET @synclayer_table_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`,
  )
  for (const trigger of [...known, ...wanted]) await session.run(dropTriggerSql(database, trigger))
  for (const { sql } of wanted) await createTrigger(session, sql)
  await session.run('SET SESSION lock_wait_timeout = @synclayer_table_wait')
}

async function createTrigger(session: Transaction, sql: string): Promise<void> {
  try {
    await session.run(sql)
  } catch (error) {
    if (!isErrno(error, NO_TRIGGERS_ALLOWED) || isSyncError(error)) throw error
    throw new SyncError(
      'FORBIDDEN',
      'With a binary log this user may create no triggers: set log_bin_trust_function_creators, or apply what the command `tables` prints as an administrator',
      { cause: mapError(session.dialect.product, error, 'creating a trigger') },
    )
  }
}

async function inTransaction(session: Session, work: () => Promise<void>): Promise<void> {
  await session.run('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
  await session.run('START TRANSACTION')
  await work()
  await session.run('COMMIT')
}
