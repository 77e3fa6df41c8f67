/** Sets tables up to be synced, and takes them out again. */
import type { CheckedTable } from '@synclayer/adapter-kit'
import { SyncError } from '@synclayer/core/adapter'
import type { Database, Transaction } from '../database.ts'
import type { Invalid } from '../invalid-option.ts'
import { isErrno, mapError } from '../map-error.ts'
import { underLock } from '../schema.ts'
import type { Session } from '../session.ts'
import { planDetach, planSetUp, type TablePlan } from './table-plan.ts'
import { isSameTable, readRegistry } from './table-registry.ts'
import type { Trigger } from './triggers.ts'

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
        const known = (await readRegistry(session)).get(table.collection)
        const plan = await planSetUp(session, table, known, invalid)
        const isSetUp = known !== undefined && isSameTable(known, plan.wanted)
        if (!isSetUp || !(await areThere(session, known.triggers))) await apply(session, plan)
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
      const known = registry.get(table.collection)
      const { wanted } = await planSetUp(session, table, known, invalid)
      if (known === undefined || !isSameTable(known, wanted))
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
      await apply(session, await planDetach(session, collection, known))
    }),
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

async function apply(session: Transaction, { triggers, rows }: TablePlan): Promise<void> {
  await session.run(
    `SET @synclayer_table_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`,
  )
  for (const statement of triggers) await changeTrigger(session, statement)
  await session.run('SET SESSION lock_wait_timeout = @synclayer_table_wait')
  // Whatever fails here closes the connection, and with it the transaction.
  await session.run('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
  await session.run('START TRANSACTION')
  for (const statement of rows) await session.run(statement)
  await session.run('COMMIT')
}

async function changeTrigger(session: Transaction, statement: string): Promise<void> {
  try {
    await session.run(statement)
  } catch (error) {
    if (!isErrno(error, NO_TRIGGERS_ALLOWED)) throw error
    throw new SyncError(
      'FORBIDDEN',
      'With a binary log this user may create no triggers: set log_bin_trust_function_creators, or apply what the command `tables` prints as an administrator',
      { cause: mapError(session.dialect.product, error, 'creating a trigger') },
    )
  }
}
