/** Reads and writes the rows of one user's table. */
import type { Row, TableAnswer, TableMapping } from '@synclayer/adapter-kit'
import type { JsonObject } from '@synclayer/core/adapter'
import type { Database, Statement } from 'better-sqlite3'
import { constraintRefusal } from './constraint-refusal.ts'
import { tableName } from './describe-table.ts'
import { quoteName } from './quote.ts'

export interface TableRows {
  /** The row as a document; null where there is none in this scope. */
  read(scope: string, id: string): JsonObject | null
  /** Makes the row `document`, or removes it: null. `before` is what it was. Keeps nothing where it refuses. */
  store(scope: string, id: string, document: JsonObject | null, before: JsonObject | null): TableAnswer
}

// Statements for different sets of columns that are kept prepared.
const KEPT_STATEMENTS = 100

export function createTableRows(database: Database, mapping: TableMapping): TableRows {
  const name = tableName(mapping.table)
  const id = quoteName(mapping.table.idColumn)
  const kept = new Map<string, Statement<unknown[]>>()
  const prepare = (sql: string): Statement<unknown[]> => {
    const statement = kept.get(sql) ?? database.prepare<unknown[]>(sql)
    kept.delete(sql)
    kept.set(sql, statement)
    const [oldest] = kept.keys()
    if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest)
    return statement
  }
  const select = database
    .prepare<[string], Row>(
      `SELECT ${mapping.columns.map(quoteName).join(', ')} FROM ${name} WHERE ${id} = ?`,
    )
    .safeIntegers(true)
  const read = (scope: string, recordId: string): JsonObject | null => {
    const row = select.get(recordId)
    return row === undefined || mapping.scopeOf(row) !== scope ? null : mapping.toDocument(row)
  }
  const write = (
    scope: string,
    recordId: string,
    document: JsonObject | null,
    before: JsonObject | null,
  ): TableAnswer => {
    if (document === null) {
      if (before !== null) prepare(`DELETE FROM ${name} WHERE ${id} = ?`).run(recordId)
    } else {
      const columns = mapping.toColumns(scope, document, before)
      if ('refusal' in columns) return columns
      const names = columns.names.map(quoteName)
      if (before === null) {
        const places = names.map(() => '?').join(', ')
        prepare(`INSERT INTO ${name} (${names.join(', ')}) VALUES (${places})`).run(...columns.values)
      } else if (names.length > 0) {
        const set = names.map((column) => `${column} = ?`).join(', ')
        prepare(`UPDATE ${name} SET ${set} WHERE ${id} = ?`).run(...columns.values, recordId)
      }
    }
    const stored = read(scope, recordId)
    if ((stored === null) === (document === null)) {
      return { document: stored === null ? null : JSON.stringify(stored) }
    }
    const reason = `The table ${document === null ? 'kept' : 'did not keep'} the row: one of its triggers decided so`
    return { refusal: { status: 'rejected', code: 'CONSTRAINT', reason } }
  }

  return {
    read,
    store: (scope, recordId, document, before) => {
      database.exec('SAVEPOINT synclayer_row')
      let answer: TableAnswer
      try {
        answer = write(scope, recordId, document, before)
      } catch (error) {
        const refusal = constraintRefusal(error)
        // A constraint may be declared to undo the whole transaction: then there is nothing to go back to.
        if (refusal === undefined || !database.inTransaction) throw error
        answer = { refusal }
      }
      if (answer !== undefined && 'refusal' in answer) database.exec('ROLLBACK TO synclayer_row')
      database.exec('RELEASE synclayer_row')
      return answer
    },
  }
}
