import { SyncError } from '@synclayer/core/adapter'
import type { Database, Transaction } from './database.ts'
import { isErrno } from './map-error.ts'
import { createStatements, LAYOUT } from './schema-sql.ts'
import type { Session } from './session.ts'

// Locks of this kind are the server's, not the database's, and their names have at most 64 characters.
const LOCK = `CONCAT('synclayer ', LEFT(SHA2(DATABASE(), 256), 50))`
const LOCK_WAIT_SECONDS = 30
const NO_SUCH_TABLE = 1146

/**
 * Creates what is missing, where that is wanted, and answers the key that cursors are sealed with. Throws NOT_SUPPORTED
 * for a database of a newer layout.
 */
export async function prepareTables(
  database: Database,
  migrate: boolean,
  newKey: () => string,
): Promise<string> {
  return database.use('setting up the tables', async (session) => {
    if (migrate && (await readMeta(session)) === undefined)
      await underLock(session, async () => {
        for (const statement of createStatements(database.dialect)) await session.run(statement)
      })
    await session.run(`INSERT IGNORE INTO synclayer_meta (name, value) VALUES ('cursor_key', ?)`, [newKey()])
    const meta = await readMeta(session)
    checkLayout(Number(meta?.get('layout') ?? 0))
    return meta?.get('cursor_key') as string
  })
}

/** What the table of facts holds; undefined where there is no such table, or nothing in it. */
async function readMeta(session: Session): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const rows = await session.rows('SELECT name, value FROM synclayer_meta')
    return rows.length === 0
      ? undefined
      : new Map(rows.map(([name, value]) => [name as string, value as string]))
  } catch (error) {
    if (isErrno(error, NO_SUCH_TABLE)) return undefined
    throw error
  }
}

async function underLock(session: Transaction, work: () => Promise<void>): Promise<void> {
  const [row] = await session.rows(`SELECT GET_LOCK(${LOCK}, ${LOCK_WAIT_SECONDS})`)
  if (row?.[0] !== 1)
    throw new SyncError(
      'TIMEOUT',
      'Another process is setting up the tables and takes too long: open again later',
    )
  try {
    await work()
  } finally {
    await session.rows(`SELECT RELEASE_LOCK(${LOCK})`)
  }
}

function checkLayout(layout: number): void {
  if (layout === LAYOUT) return
  throw new SyncError(
    'NOT_SUPPORTED',
    `The tables have layout ${layout}; this adapter knows layout ${LAYOUT}`,
    {
      details: { layout, known: LAYOUT },
    },
  )
}
