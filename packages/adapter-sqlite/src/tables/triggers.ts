/**
 * Triggers on a user's table. All they do is note which record may have changed; what became of it is read later, under
 * the feed's lock. So other programs are never held up, and a record noted for nothing costs a look.
 *
 * REPLACE, also as UPDATE OR REPLACE, removes rows that are in the way without any trigger for them (unless
 * `recursive_triggers` is on); so what is in the way is noted before.
 */
import type { CheckedTable } from '@synclayer/adapter-kit'
import type { DescribedTable } from './describe-table.ts'
import { quoteName, quoteText } from './quote.ts'

/** The statements that create the triggers of a table, those of an earlier version removed first. */
export function triggersSql(table: CheckedTable, { uniques }: Pick<DescribedTable, 'uniques'>): string {
  const target = quoteName(table.table)
  const trigger = (when: string, on: string, body: readonly string[]): string => {
    const name = quoteName(`${triggerPrefix(table.collection)}${when}_${on}`.toLowerCase())
    return [
      `DROP TRIGGER IF EXISTS ${name};`,
      `CREATE TRIGGER ${name} ${when} ${on} ON ${target} BEGIN`,
      ...body.map((statement) => `  ${statement};`),
      'END;',
    ].join('\n')
  }
  const evicted = uniques.map((names) => noteInTheWay(table, names))
  const triggers = [
    trigger('AFTER', 'INSERT', [note(table, 'NEW')]),
    trigger('AFTER', 'UPDATE', [note(table, 'OLD'), note(table, 'NEW')]),
    trigger('AFTER', 'DELETE', [note(table, 'OLD')]),
  ]
  if (evicted.length > 0) {
    triggers.push(trigger('BEFORE', 'INSERT', evicted), trigger('BEFORE', 'UPDATE', evicted))
  }
  return `${triggers.join('\n')}\n`
}

/** The statement that notes every row, as when a table is synced for the first time. */
export function noteAllSql(table: CheckedTable): string {
  return `${noteFrom(table, 't', `FROM ${quoteName(table.table)} AS t WHERE ${hasScope(table, 't')}`)};\n`
}

/** How the names of a collection's triggers begin. */
export function triggerPrefix(collection: string): string {
  return `synclayer_${collection}_`
}

function note(table: CheckedTable, row: string): string {
  return noteFrom(table, row, `WHERE ${hasScope(table, row)}`)
}

function noteInTheWay(table: CheckedTable, names: readonly string[]): string {
  const same = names.map((name) => `t.${quoteName(name)} = NEW.${quoteName(name)}`)
  const from = `FROM ${quoteName(table.table)} AS t WHERE ${[...same, hasScope(table, 't')].join(' AND ')}`
  return noteFrom(table, 't', from)
}

function noteFrom({ scope, collection, idColumn }: CheckedTable, row: string, from: string): string {
  const scopeText =
    'fixed' in scope
      ? quoteText(scope.fixed)
      : `${quoteText(scope.prefix)} || CAST(${row}.${quoteName(scope.column)} AS TEXT)`
  const id = `CAST(${row}.${quoteName(idColumn)} AS TEXT)`
  return `INSERT INTO synclayer_inbox (scope, collection, id) SELECT ${scopeText}, ${quoteText(collection)}, ${id} ${from}`
}

function hasScope({ scope }: CheckedTable, row: string): string {
  return 'fixed' in scope ? 'true' : `${row}.${quoteName(scope.column)} IS NOT NULL`
}
