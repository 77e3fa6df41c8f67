/**
 * Triggers on users' tables. All they do is note which record may have changed; what became of it is read later, under the
 * feed's lock. So other programs never wait for sync, and a record noted for nothing costs a look.
 *
 * What foreign keys do to rows fires no trigger of theirs. So the tables where it may begin have triggers too, which note
 * the rows a statement will reach (BEFORE, found by the old key, and locked as the key itself is about to) and has reached
 * (AFTER, by the new one).
 */
import type { CheckedTable } from '@synclayer/adapter-kit'
import { createHash } from 'node:crypto'
import { quoteName, quoteText } from '../quote.ts'
import type { DescribedTable } from './describe-table.ts'
import type { CascadePath, ForeignKey } from './foreign-keys.ts'
import { nameIn, type TableName, tableKey } from './table-name.ts'

export interface Trigger {
  /** Where it is, and the table's. */
  readonly schema: string
  readonly name: string
  /** The statement that creates it. */
  readonly sql: string
}

/** A table that is to be noted, with the columns it has. */
export interface NotedTable {
  readonly table: CheckedTable
  readonly described: DescribedTable
  /** The database of the adapter's tables, to which the connection belongs. */
  readonly database: string
}

/** The triggers of a table, and those of the tables from which foreign keys reach it. */
export function triggersOf(noted: NotedTable, paths: readonly CascadePath[]): readonly Trigger[] {
  const { name } = noted.described
  const make = (table: TableName, timing: string, body: readonly string[]): Trigger =>
    createTrigger(noted, table, timing, body)
  const note = (row: 'OLD' | 'NEW'): readonly string[] => noteRow(noted, row)
  const triggers = [
    make(name, 'AFTER INSERT', note('NEW')),
    make(name, 'AFTER UPDATE', [...note('OLD'), ...when(isMoved(noted), note('NEW'))]),
    make(name, 'AFTER DELETE', note('OLD')),
  ]
  const begun = new Map(paths.map(({ keys: [first] }) => [tableKey(first.parent), first.parent]))
  for (const [key, parent] of begun) {
    const own = paths.filter(({ keys: [first] }) => tableKey(first.parent) === key)
    const deletes = own.filter(({ event }) => event === 'DELETE')
    const updates = own.filter(({ event }) => event === 'UPDATE')
    const reached = (path: CascadePath, row: 'OLD' | 'NEW'): string => noteReached(noted, path, row)
    const changed = (row: 'OLD' | 'NEW'): readonly string[] =>
      updates.flatMap((path) => when(isRekeyed(path.keys[0]), [reached(path, row)]))
    if (deletes.length > 0)
      triggers.push(
        make(
          parent,
          'BEFORE DELETE',
          deletes.map((path) => reached(path, 'OLD')),
        ),
      )
    if (updates.length > 0)
      triggers.push(
        make(parent, 'BEFORE UPDATE', changed('OLD')),
        make(parent, 'AFTER UPDATE', changed('NEW')),
      )
  }
  return triggers
}

/** The statement that notes every row, as when a table is synced for the first time. */
export function noteAllSql(noted: NotedTable): string {
  const from = `${nameIn(noted.database, noted.described.name)} AS t WHERE ${hasScope(noted, 't')}`
  return noteFrom(noted, noted.database, 't', from)
}

/** The statement that removes a trigger. */
export function dropTriggerSql(database: string, { schema, name }: Pick<Trigger, 'schema' | 'name'>): string {
  return `DROP TRIGGER IF EXISTS ${nameIn(database, { schema, table: name })}`
}

const LONGEST_SCOPE = 128
// Of an id that is too long for a record, enough to say so.
const LONGEST_NOTED_ID = 255
const LONGEST_NAME_PART = 24

function createTrigger(
  { table: { collection }, database }: NotedTable,
  on: TableName,
  timing: string,
  body: readonly string[],
): Trigger {
  const role = `${timing} ${tableKey(on)}`
  const hash = createHash('sha256').update(`${collection} ${role}`).digest('hex').slice(0, 12)
  const short = collection.slice(0, LONGEST_NAME_PART)
  const name = `synclayer_${short}_${timing.toLowerCase().replace(' ', '_')}_${hash}`
  const sql = [
    `CREATE TRIGGER ${nameIn(database, { schema: on.schema, table: name })}`,
    `${timing} ON ${nameIn(database, on)} FOR EACH ROW BEGIN`,
    ...body.map((statement) => `  ${statement};`),
    'END',
  ].join('\n')
  return { schema: on.schema, name, sql }
}

function when(condition: string, statements: readonly string[]): readonly string[] {
  return [`IF ${condition} THEN ${statements.map((statement) => `${statement}; `).join('')}END IF`]
}

/** Notes the row of the trigger. Values and no SELECT: a statement that takes no lock but on what it inserts. */
function noteRow(noted: NotedTable, row: 'OLD' | 'NEW'): readonly string[] {
  const { described } = noted
  const values = [...keyOf(noted, row), 'UUID_SHORT()'].join(', ')
  const note = `INSERT INTO ${inbox(noted, described.name.schema)} VALUES (${values})`
  return hasFixedScope(noted) ? [note] : when(hasScope(noted, row), [note])
}

/**
 * Notes the rows at the path's end. They are locked, since a plain read may be of the past, and what follows locks them
 * anyway; shared, since a statement that names these tables itself would fail where its trigger asked for more.
 */
function noteReached(noted: NotedTable, { keys }: CascadePath, row: 'OLD' | 'NEW'): string {
  const [first] = keys
  const { schema } = first.parent
  const joins = keys.map((key, index) => {
    const name = `${nameIn(schema, key.child)} AS t${index + 1}`
    return index === 0 ? name : `JOIN ${name} ON ${matches(key, `t${index}`, `t${index + 1}`)}`
  })
  const last = `t${keys.length}`
  const conditions = [matches(first, row, 't1'), hasScope(noted, last)]
  return `${noteFrom(noted, schema, last, `${joins.join(' ')} WHERE ${conditions.join(' AND ')}`)} LOCK IN SHARE MODE`
}

function noteFrom(noted: NotedTable, schema: string, row: string, from: string): string {
  return `INSERT INTO ${inbox(noted, schema)} SELECT ${[...keyOf(noted, row), 'UUID_SHORT()'].join(', ')} FROM ${from}`
}

function inbox({ database }: NotedTable, schema: string): string {
  return `${nameIn(schema, { schema: database, table: 'synclayer_inbox' })} (scope, collection, id, seq)`
}

/** Scope, collection and id of a row. */
function keyOf(noted: NotedTable, row: string): readonly string[] {
  const { collection } = noted.table
  return [scopeText(noted, row), quoteText(collection), `LEFT(${idText(noted, row)}, ${LONGEST_NOTED_ID})`]
}

function idText({ table, described }: NotedTable, row: string): string {
  return textOf(described, table.idColumn, row)
}

function scopeText({ table: { scope }, described }: NotedTable, row: string): string {
  if ('fixed' in scope) return quoteText(scope.fixed)
  const text = textOf(described, scope.column, row)
  return scope.prefix === '' ? text : `CONCAT(${quoteText(scope.prefix)}, ${text})`
}

function hasFixedScope({ table: { scope } }: NotedTable): boolean {
  return 'fixed' in scope
}

/** A longer scope has no feed. */
function hasScope(noted: NotedTable, row: string): string {
  const { scope } = noted.table
  if ('fixed' in scope) return 'TRUE'
  const column = `${row}.${quoteName(scope.column)}`
  return `${column} IS NOT NULL AND CHAR_LENGTH(${scopeText(noted, row)}) <= ${LONGEST_SCOPE}`
}

/** Whether the row has become another record. By bytes: collations may take two ids for one. */
function isMoved(noted: NotedTable): string {
  const same = [idText, scopeText].map(
    (text) => `CAST(${text(noted, 'OLD')} AS BINARY) <=> CAST(${text(noted, 'NEW')} AS BINARY)`,
  )
  return `NOT (${same.join(' AND ')})`
}

function isRekeyed({ parentColumns }: ForeignKey): string {
  const same = parentColumns.map((column) => {
    const name = quoteName(column)
    return `CAST(OLD.${name} AS BINARY) <=> CAST(NEW.${name} AS BINARY)`
  })
  return `NOT (${same.join(' AND ')})`
}

function matches({ parentColumns, childColumns }: ForeignKey, parent: string, child: string): string {
  return childColumns
    .map(
      (column, index) =>
        `${child}.${quoteName(column)} = ${parent}.${quoteName(parentColumns[index] as string)}`,
    )
    .join(' AND ')
}

function textOf({ columns }: DescribedTable, name: string, row: string): string {
  const text = columns.find((column) => column.name === name)?.type.text
  // The table's description was checked for this.
  if (text === undefined) throw new Error(`The column \`${name}\` has no text`)
  return text(`${row}.${quoteName(name)}`)
}
