import { SyncError } from '@synclayer/core/adapter'
import { createHash } from 'node:crypto'
import type { Database, Transaction } from './database.ts'
import type { DeclaredIndex } from './declared-index.ts'
import { isErrno } from './map-error.ts'
import type { CheckedOptions } from './options.ts'
import { addIndexesSql, createStatements, LAYOUT } from './schema-sql.ts'
import type { Session } from './session.ts'
import { type View, viewName, viewSql } from './views.ts'

const INSERT_META = 'INSERT IGNORE INTO synclayer_meta (name, value) VALUES ?'

// Locks of this kind are the server's, not the database's, and their names have at most 64 characters.
const LOCK = `CONCAT('synclayer ', LEFT(SHA2(DATABASE(), 256), 50))`
const LOCK_WAIT_SECONDS = 30
const NO_SUCH_TABLE = 1146

/** What was found, or made. */
export interface Prepared {
  /** The key that cursors are sealed with. */
  readonly key: string
  /** The declared indexes that are there. */
  readonly indexes: readonly DeclaredIndex[]
}

/** Creates what is missing, where that is wanted. Throws NOT_SUPPORTED for a database of a newer layout. */
export async function prepareTables(
  database: Database,
  { migrate, indexes, views }: Pick<CheckedOptions, 'migrate' | 'indexes' | 'views'>,
  newKey: () => string,
): Promise<Prepared> {
  return database.use('setting up the tables', async (session) => {
    if (migrate && (await readMeta(session)) === undefined) {
      await underLock(session, () => runAll(session, createStatements(session.dialect)))
    }
    let meta = await readMeta(session)
    if (meta?.has('cursor_key') !== true) {
      await session.run(INSERT_META, [[['cursor_key', newKey()]]])
      meta = await readMeta(session)
    }
    meta ??= new Map()
    checkLayout(Number(meta.get('layout') ?? 0))
    if (migrate) await addWhatIsDeclared(session, meta, indexes, views)
    const names = await readNames(session)
    return {
      key: meta.get('cursor_key') as string,
      indexes: indexes.filter(({ name }) => names.has(name)),
    }
  })
}

async function addWhatIsDeclared(
  session: Transaction,
  meta: ReadonlyMap<string, string>,
  indexes: readonly DeclaredIndex[],
  views: readonly View[],
): Promise<void> {
  const missing = async (): Promise<string | undefined> =>
    indexes.length === 0 ? undefined : addIndexesSql(indexes, await readNames(session), session.dialect)
  const changed = views.filter((view) => meta.get(viewName(view)) !== digestOf(viewSql(view)))
  if ((await missing()) === undefined && changed.length === 0) return
  await underLock(session, async () => {
    // Another process may have added them while this one waited.
    const sql = await missing()
    if (sql !== undefined) await session.run(sql)
    for (const view of changed) {
      await session.run(viewSql(view))
      await session.run('REPLACE INTO synclayer_meta (name, value) VALUES ?', [
        [[viewName(view), digestOf(viewSql(view))]],
      ])
    }
  })
}

/** The names of indexes and columns of the table of records. */
async function readNames(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT INDEX_NAME FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'synclayer_record'
     UNION SELECT COLUMN_NAME FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'synclayer_record'`,
  )
  return new Set(rows.map(([name]) => String(name)))
}

async function runAll(session: Session, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await session.run(statement)
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
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

/** Runs `work` while no other process is setting something up in this database. */
export async function underLock(session: Transaction, work: () => Promise<void>): Promise<void> {
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
