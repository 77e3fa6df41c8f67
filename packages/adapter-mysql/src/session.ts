/** One connection for a while, and the only way statements are sent. */
import { type Connection, format, type SqlValue } from 'mysql2'
import type { PoolConnection, ResultSetHeader } from 'mysql2/promise'
import { isErrno } from './map-error.ts'

/** What statements are filled in with, and what rows are made of. */
export type Cell = string | number | null
export type Row = readonly Cell[]
/** For one `?`: a cell; a list, for `IN (?)`; a list of rows, for `VALUES ?`. */
export type Parameter = Value | readonly Value[] | readonly Row[]
/** Whole numbers of any size, and bytes, beside what cells hold. */
export type Value = Cell | bigint | Buffer

/** A connection in the midst of a transaction, or before one. */
export interface Session {
  /** The rows a statement answers, as lists of cells in the order of its columns. */
  rows(sql: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>
  /**
   * The same, prepared once for each connection: for the few statements that take the server longer to read than to run. A
   * `?` stands for one cell.
   */
  preparedRows(sql: string, cells: readonly Cell[]): Promise<readonly Row[]>
  /** Runs a statement that answers no rows; gives how many it found or changed. */
  run(sql: string, parameters?: readonly Parameter[]): Promise<number>
}

// A pool of the user's may be set up otherwise. What it casts by a function is only undone by another one.
const AS_CELLS = {
  rowsAsArray: true,
  nestTables: false,
  namedPlaceholders: false,
  supportBigNumbers: false,
  bigNumberStrings: false,
  decimalNumbers: true,
} as const

const NEEDS_TO_BE_PREPARED_AGAIN = 1615

/**
 * Statements over `connection`. Values are escaped here and nowhere else, for a session whose sql_mode is ours; the
 * binary protocol was measured too, and costs more than it saves in statements of many rows.
 */
export function createSession(connection: PoolConnection, timeoutMs: number, isOwned: boolean): Session {
  const cells = isOwned
    ? AS_CELLS
    : { ...AS_CELLS, typeCast: (_field: unknown, next: () => unknown) => next() }
  // By callbacks: for each promise of its own the driver looks through the stack, which costs as much as sending.
  const driver = connection.connection as unknown as Connection
  const query = (sql: string, parameters: readonly Parameter[]): Promise<unknown> => {
    const text = parameters.length === 0 ? sql : format(sql, parameters as SqlValue[])
    return answerTo(timeoutMs, (done) => driver.query({ ...cells, sql: text }, done))
  }
  const rows: Session['rows'] = async (sql, parameters = []) =>
    (await query(sql, parameters)) as readonly Row[]
  return {
    rows,
    preparedRows: async (sql, values) => {
      try {
        const execute = (done: Done): unknown => driver.execute({ ...cells, sql, values: [...values] }, done)
        return (await answerTo(timeoutMs, execute)) as readonly Row[]
      } catch (error) {
        // The server had no room to keep what it knew of the tables, and has none now.
        if (isErrno(error, NEEDS_TO_BE_PREPARED_AGAIN)) return rows(sql, values)
        throw error
      }
    },
    run: async (sql, parameters = []) => ((await query(sql, parameters)) as ResultSetHeader).affectedRows,
  }
}

type Done = (error: unknown, result: unknown) => void

/**
 * What the driver answers. Its own timeout has a timer that outlives a connection that breaks, and keeps the process from
 * ending for as long. After one the statement goes on: its connection is of no use any more.
 */
function answerTo(timeoutMs: number, send: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error(`No answer for ${timeoutMs} ms`)
      reject(Object.assign(error, { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }))
    }, timeoutMs)
    send((error, result) => {
      clearTimeout(timer)
      if (error === null || error === undefined) resolve(result)
      else reject(withoutStatement(error))
    })
  })
}

/** The driver puts the statement in, with all that is in the documents; errors go to logs. */
function withoutStatement(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  delete (error as { sql?: unknown }).sql
  return error
}

/**
 * Sends rows in as few statements as the server's packets allow. `statement` begins with what comes before the rows, which
 * take the place of its one `?`.
 */
export async function runInPackets(
  session: Session,
  statement: string,
  rows: readonly Row[],
  maxPacketBytes: number,
): Promise<void> {
  let packet: Row[] = []
  let bytes = 0
  for (const row of rows) {
    const size = mostBytes(row)
    if (packet.length > 0 && (bytes + size > maxPacketBytes - ROOM || packet.length >= ROWS_PER_STATEMENT)) {
      await session.run(statement, [packet])
      packet = []
      bytes = 0
    }
    packet.push(row)
    bytes += size
  }
  if (packet.length > 0) await session.run(statement, [packet])
}

/** What else is in a statement beside its rows, in bytes, or less than that. */
const ROOM = 4_096
const ROWS_PER_STATEMENT = 500

/** Of a text, a code unit takes at most three bytes as UTF-8, or two where it is escaped. */
function mostBytes(row: Row): number {
  return row.reduce<number>((bytes, cell) => bytes + (typeof cell === 'string' ? 3 * cell.length + 3 : 24), 3)
}

/** The largest document, in bytes, that a statement has room for: escaped it may be twice as long. */
export function largestDocument(maxPacketBytes: number): number {
  return Math.floor((maxPacketBytes - ROOM) / 2)
}
