/** Reads, locks and writes the rows of one user's table. */
import type { Row, TableAnswer } from '@synclayer/adapter-kit'
import type { JsonObject, PushOutcome } from '@synclayer/core/adapter'
import { isErrno, isLockTimeout } from '../map-error.ts'
import { quoteName } from '../quote.ts'
import type { Session, Value } from '../session.ts'
import { constraintRefusal } from './constraint-refusal.ts'
import type { SyncedTable } from './synced-tables.ts'

/** A row that is there. */
export interface FoundRow {
  /** Null where the row belongs to another scope. */
  readonly document: JsonObject | null
}

// Documents may be large, and all of a statement are held at once.
const ROWS_PER_STATEMENT = 200

/** The rows with these ids, by their ids; those that are not there are left out. */
export async function readRows(
  session: Session,
  table: SyncedTable,
  scope: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FoundRow>> {
  const { columns, scopeOf, toDocument } = table.mapping
  const reads = columns.map((name) => table.column(name).type.read(quoteName(name)))
  const found = new Map<string, FoundRow>()
  await inChunks(table, ids, async (keys) => {
    const sql = `SELECT ${reads.join(', ')} FROM ${table.name} WHERE ${idOf(table)} IN (?)`
    for (const cells of await session.rows(sql, [keys])) {
      const row: Row = Object.fromEntries(columns.map((name, index) => [name, cells[index]]))
      const document = toDocument(row)
      found.set(document['id'] as string, { document: scopeOf(row) === scope ? document : null })
    }
  })
  return found
}

/** Locks the rows with these ids until the transaction ends, and answers which: others hold the rest, or it is not there. */
export async function lockRows(
  session: Session,
  table: SyncedTable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const locked = new Set<string>()
  const read = table.id.type.read(idOf(table))
  await inChunks(table, ids, async (keys) => {
    const sql = `SELECT ${read} FROM ${table.name} WHERE ${idOf(table)} IN (?) FOR UPDATE SKIP LOCKED`
    for (const [id] of await session.rows(sql, [keys])) locked.add(textOf(table, id))
  })
  return locked
}

/** Waits until nobody holds the row; holds it no longer itself. Needs a session outside of any transaction. */
export async function awaitRow(session: Session, table: SyncedTable, id: string): Promise<void> {
  const key = toKey(table, id)
  if (key === undefined) return
  await session.rows(`SELECT 1 FROM ${table.name} WHERE ${idOf(table)} = ? FOR UPDATE`, [key])
}

/** What is to become of a row. */
export interface RowWrite {
  readonly scope: string
  readonly id: string
  /** Null removes it. */
  readonly document: JsonObject | null
  /** What it is; null where there is none. */
  readonly before: JsonObject | null
  /** True where a row with this id was found, though maybe of another scope, or one that no record can hold. */
  readonly isTaken: boolean
}

/** Where someone else was faster, or holds what is needed: the mutation is to be sent again. */
export const HELD: Extract<PushOutcome, { readonly status: 'retry' }> = {
  status: 'retry',
  code: 'BACKEND_FAILED',
}

const NO_SUCH_SAVEPOINT = 1305
const DUPLICATE = 1062

/** Writes the row. Keeps nothing where it refuses. */
export async function storeRow(session: Session, table: SyncedTable, write: RowWrite): Promise<TableAnswer> {
  await session.run('SAVEPOINT synclayer_row')
  let answer: TableAnswer
  try {
    answer = await writeRow(session, table, write)
  } catch (error) {
    const refusal = await refusalOf(session, table, write, error)
    if (refusal === undefined) throw error
    answer = { refusal }
  }
  if (answer === undefined || !('refusal' in answer)) return answer
  try {
    await session.run('ROLLBACK TO SAVEPOINT synclayer_row')
  } catch (error) {
    // A server may be set up to undo the whole transaction where a wait for a lock ends: then it is tried as a whole.
    if (!isErrno(error, NO_SUCH_SAVEPOINT)) throw error
    throw new Error('The transaction is no more', { cause: error })
  }
  return answer
}

async function writeRow(
  session: Session,
  table: SyncedTable,
  { scope, id, document, before }: RowWrite,
): Promise<TableAnswer> {
  const key = toKey(table, id) ?? null
  const where = `WHERE ${idOf(table)} = ?`
  if (document === null) {
    if (before !== null) await session.run(`DELETE FROM ${table.name} ${where}`, [key])
  } else {
    const columns = table.mapping.toColumns(scope, document, before)
    if ('refusal' in columns) return columns
    const names = columns.names.map(quoteName)
    const places = columns.names.map((name) => table.column(name).type.place)
    const values = columns.values as readonly Value[]
    if (before === null) {
      await session.run(
        `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${places.join(', ')})`,
        values,
      )
    } else if (names.length > 0) {
      const set = names.map((name, index) => `${name} = ${places[index]}`).join(', ')
      await session.run(`UPDATE ${table.name} SET ${set} ${where}`, [...values, key])
    }
  }
  const stored = (await readRows(session, table, scope, [id])).get(id)?.document ?? null
  if ((stored === null) === (document === null)) {
    return { document: stored === null ? null : JSON.stringify(stored) }
  }
  const reason = `The table ${document === null ? 'kept' : 'did not keep'} the row: one of its triggers decided so`
  return { refusal: { status: 'rejected', code: 'CONSTRAINT', reason } }
}

async function refusalOf(
  session: Session,
  table: SyncedTable,
  { scope, id, before, isTaken }: RowWrite,
  error: unknown,
): Promise<PushOutcome | undefined> {
  if (isLockTimeout(error)) return HELD
  if (isErrno(error, DUPLICATE) && before === null && !isTaken) {
    // Someone else's row came in between: it is judged when it has its place in the feed.
    const raced = (await readRows(session, table, scope, [id])).get(id)
    if (raced !== undefined && raced.document !== null) return HELD
  }
  return constraintRefusal(error)
}

async function inChunks(
  table: SyncedTable,
  ids: readonly string[],
  work: (keys: readonly Value[]) => Promise<void>,
): Promise<void> {
  const keys = ids.map((id) => toKey(table, id)).filter((key) => key !== undefined)
  for (let start = 0; start < keys.length; start += ROWS_PER_STATEMENT)
    await work(keys.slice(start, start + ROWS_PER_STATEMENT))
}

/** What the column of ids holds for this id; undefined where it can hold nothing like it. */
function toKey({ id: { codec } }: SyncedTable, id: string): Value | undefined {
  return codec.fromJson(id) as Value | undefined
}

function textOf({ id: { codec } }: SyncedTable, cell: unknown): string {
  const json = codec.toJson(cell)
  return typeof json === 'string' ? json : JSON.stringify(json)
}

function idOf({ id }: SyncedTable): string {
  return quoteName(id.name)
}
