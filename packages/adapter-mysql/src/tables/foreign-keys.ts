/**
 * Foreign keys that change or remove rows by themselves. What they do fires no trigger on the rows' own table, so it is noted
 * on the table where it begins.
 */
import type { Session } from '../session.ts'
import { type TableName, tableKey } from './table-name.ts'

/** `restrict` stands for all that refuses. */
export type ForeignKeyRule = 'cascade' | 'set null' | 'restrict'

export interface ForeignKey {
  readonly name: string
  readonly child: TableName
  readonly childColumns: readonly string[]
  readonly parent: TableName
  readonly parentColumns: readonly string[]
  readonly onDelete: ForeignKeyRule
  readonly onUpdate: ForeignKeyRule
}

/** A way by which a statement on one table reaches rows of another: from the parent down. */
export interface CascadePath {
  readonly event: 'DELETE' | 'UPDATE'
  readonly keys: readonly [ForeignKey, ...ForeignKey[]]
}

/** All keys by which something may reach the table, however far away it begins. */
export async function readForeignKeys(session: Session, target: TableName): Promise<readonly ForeignKey[]> {
  const keys: ForeignKey[] = []
  const known = new Set([tableKey(target)])
  const tables = [target]
  for (const table of tables) {
    for (const key of await readKeysOf(session, table)) {
      if (key.onDelete === 'restrict' && key.onUpdate === 'restrict') continue
      keys.push(key)
      if (known.has(tableKey(key.parent))) continue
      known.add(tableKey(key.parent))
      tables.push(key.parent)
    }
  }
  return keys
}

async function readKeysOf(session: Session, child: TableName): Promise<readonly ForeignKey[]> {
  const rows = await session.rows(
    `SELECT k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,
       k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE
     FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
       ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
       AND r.TABLE_NAME = k.TABLE_NAME
     WHERE k.TABLE_SCHEMA = ? AND k.TABLE_NAME = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL
     ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION`,
    [child.schema, child.table],
  )
  const keys = new Map<string, ForeignKey>()
  for (const [name, column, schema, table, parentColumn, onDelete, onUpdate] of rows) {
    const known = keys.get(String(name))
    keys.set(String(name), {
      name: String(name),
      child,
      childColumns: [...(known?.childColumns ?? []), String(column)],
      parent: { schema: String(schema), table: String(table) },
      parentColumns: [...(known?.parentColumns ?? []), String(parentColumn)],
      onDelete: toRule(onDelete),
      onUpdate: toRule(onUpdate),
    })
  }
  return [...keys.values()]
}

function toRule(rule: unknown): ForeignKeyRule {
  if (rule === 'CASCADE') return 'cascade'
  // InnoDB takes SET DEFAULT in no table; where another engine's catalogue says so, the row is changed.
  return rule === 'SET NULL' || rule === 'SET DEFAULT' ? 'set null' : 'restrict'
}

/** InnoDB follows so many keys, and then refuses the statement. */
const DEEPEST = 15
const MOST_PATHS = 100

/**
 * Every path that ends at the table, also those that pass a table more than once. Pure. Null where there are too many: keys
 * that lead in circles in more than one way.
 */
export function cascadePaths(keys: readonly ForeignKey[], target: TableName): readonly CascadePath[] | null {
  const paths: CascadePath[] = []
  let steps = 0
  const climb = (below: readonly ForeignKey[], table: TableName): boolean => {
    for (const key of keys) {
      if (tableKey(key.child) !== tableKey(table)) continue
      const path = [key, ...below] as const
      const events = (['DELETE', 'UPDATE'] as const).filter((event) => reaches(path, event))
      if (events.length === 0 || path.length > DEEPEST) continue
      steps += 1
      if (steps > MOST_PATHS) return false
      for (const event of events) paths.push({ event, keys: path })
      if (!climb(path, key.parent)) return false
    }
    return true
  }
  return climb([], target) ? paths : null
}

/** Whether a DELETE, or an UPDATE of any column, at the path's top has an effect at its end. */
function reaches(path: readonly ForeignKey[], event: 'DELETE' | 'UPDATE'): boolean {
  // The columns that change; null is the whole row, on its way out.
  let changed: readonly string[] | null = event === 'DELETE' ? null : (path[0]?.parentColumns ?? [])
  for (const key of path) {
    if (changed === null) {
      if (key.onDelete === 'restrict') return false
      if (key.onDelete === 'set null') changed = key.childColumns
      continue
    }
    const columns: readonly string[] = changed
    if (key.onUpdate === 'restrict' || !key.parentColumns.some((name) => columns.includes(name))) return false
    changed = key.childColumns
  }
  return true
}
