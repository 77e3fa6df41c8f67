/** Query plans as SQL. Names of tables and columns come from the catalog; everything else is bound. */
import { type KeyRange, type PagePosition, type QueryPlan, SyncError } from '@synclayer/core/storage'
import type { CatalogEntry } from './catalog.ts'
import { COLUMNS } from './record-row.ts'

export interface Sql {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What is walked: rows with a document, by an index or by id. */
interface Walked {
  readonly from: string
  /** The column whose order is walked first. */
  readonly column: string
  readonly isId: boolean
}

/** Rising keys, then rising ids. Rows end with their key. */
export function forwardSql(entry: CatalogEntry, plan: QueryPlan): Sql {
  const walked = toWalked(entry, plan.index)
  const conditions = new Conditions(walked)
  conditions.range(plan.after === undefined ? plan.range : { ...plan.range, lower: undefined })
  if (plan.after !== undefined) conditions.behind(plan.after)
  const order = walked.isId ? 'id' : `${walked.column}, id`
  return conditions.select(order, plan.limit)
}

/** Falling keys, and falling ids within each. */
export function backwardSql(entry: CatalogEntry, plan: Pick<QueryPlan, 'index' | 'range' | 'limit'>): Sql {
  const walked = toWalked(entry, plan.index)
  const conditions = new Conditions(walked)
  conditions.range(plan.range)
  return conditions.select(walked.isId ? 'id DESC' : `${walked.column} DESC, id DESC`, plan.limit)
}

/** The rows of one key by rising id, behind an id. */
export function sameKeySql(entry: CatalogEntry, index: string, after: PagePosition, limit: number): Sql {
  const walked = toWalked(entry, index)
  const conditions = new Conditions(walked)
  conditions.add(`${walked.column} = ?`, after.key)
  conditions.add('id > ?', after.id)
  return conditions.select('id', limit)
}

/** How many rows a plan walks without its limit. */
export function countSql(entry: CatalogEntry, plan: Pick<QueryPlan, 'index' | 'range'>): Sql {
  const conditions = new Conditions(toWalked(entry, plan.index))
  conditions.range(plan.range)
  return conditions.count()
}

function toWalked(entry: CatalogEntry, index: string | null): Walked {
  if (index === null) return { from: entry.table, column: 'id', isId: true }
  const declared = entry.indexes.find(({ name }) => name === index)
  if (declared === undefined) {
    throw new SyncError('STORAGE_FAILED', `"${entry.name}" was opened without the index "${index}".`, {
      retryable: false,
      details: { collection: entry.name, index },
    })
  }
  return { from: `${entry.table} INDEXED BY ${declared.index}`, column: declared.column, isId: false }
}

type Bounds = { readonly [Name in keyof KeyRange]?: KeyRange[Name] | undefined }

class Conditions {
  readonly #walked: Walked
  readonly #texts: string[]
  readonly #values: unknown[] = []

  constructor(walked: Walked) {
    this.#walked = walked
    // The index holds only rows that have a key, which are those that have a document.
    this.#texts = [walked.isId ? 'document IS NOT NULL' : `${walked.column} IS NOT NULL`]
  }

  add(text: string, ...values: unknown[]): void {
    this.#texts.push(text)
    this.#values.push(...values)
  }

  range(range: Bounds | undefined): void {
    const { column, isId } = this.#walked
    // Bounds on ids are bytes, perhaps not even UTF-8: a text for SQLite, but none for JavaScript.
    const bound = isId ? 'CAST(? AS TEXT)' : '?'
    if (range?.lower !== undefined)
      this.add(`${column} ${range.lowerExclusive === true ? '>' : '>='} ${bound}`, range.lower)
    if (range?.upper !== undefined)
      this.add(`${column} ${range.upperExclusive === true ? '<' : '<='} ${bound}`, range.upper)
  }

  behind({ key, id }: PagePosition): void {
    if (this.#walked.isId) this.add('id > ?', id)
    else this.add(`(${this.#walked.column}, id) > (?, ?)`, key, id)
  }

  select(order: string, limit: number): Sql {
    const { from, column, isId } = this.#walked
    // True for every id: it makes sure that SQLite walks the index of ids, and does not sort the table.
    if (isId) this.add(`id >= ''`)
    return {
      text: `SELECT ${COLUMNS}, ${column} FROM ${from} WHERE ${this.#texts.join(' AND ')} ORDER BY ${order} LIMIT ?`,
      values: [...this.#values, limit],
    }
  }

  count(): Sql {
    return {
      text: `SELECT count(*) FROM ${this.#walked.from} WHERE ${this.#texts.join(' AND ')}`,
      values: this.#values,
    }
  }
}
