/** Reading documents and answering queries from the storage. */
import type { DamagedRecord, RecordKey, StoredRecord } from '../ports/storage.ts'
import { planQuery } from '../query/plan.ts'
import type { Doc, QuerySpec } from '../query/query-spec.ts'
import { type QuerySource, runCount, runQuery, type SourceRow } from '../query/run-query.ts'
import type { CollectionContext } from './client-context.ts'

/** The document of that id; undefined where there is none, or none that can be read. */
export async function readDocument(context: CollectionContext, id: string): Promise<Doc | undefined> {
  const { client } = context
  const settled = client.store.settled()
  if (settled !== undefined) await settled
  const [row] = await client.storage.read([{ collection: context.spec.name, id }])
  return documentOf(context, row)
}

/** The document of a row. A damaged one is told, and counts as absent. */
export function documentOf(
  context: CollectionContext,
  row: StoredRecord | DamagedRecord | undefined,
): Doc | undefined {
  if (row === undefined) return undefined
  if ('damaged' in row) {
    context.client.damaged([row])
    return undefined
  }
  return row.document === null ? undefined : (JSON.parse(row.document) as Doc)
}

/** The documents of a query, as of one moment. */
export function queryDocuments(context: CollectionContext, spec: QuerySpec): Promise<Doc[]> {
  return atOneMoment(context, () => loadQuery(context, spec))
}

/** How many documents the query has, as of one moment. */
export function countDocuments(context: CollectionContext, spec: QuerySpec): Promise<number> {
  const path = planQuery(spec, indexesOf(context), 'count')
  return atOneMoment(context, () => runCount(spec, path, sourceOf(context)))
}

/** The documents of a query, read while the caller sees to it that nothing is committed. */
export function loadQuery(context: CollectionContext, spec: QuerySpec): Promise<Doc[]> {
  return runQuery(spec, planQuery(spec, indexesOf(context)), sourceOf(context))
}

/** Pages are read one after the other: what a commit came between is read again, at last with commits held back. */
async function atOneMoment<T>(context: CollectionContext, read: () => Promise<T>): Promise<T> {
  const { client } = context
  const settled = client.store.settled()
  if (settled !== undefined) await settled
  const before = client.commitsOf(context.spec.name)
  const result = await read()
  return client.commitsOf(context.spec.name) === before ? result : client.store.exclusive(read)
}

function indexesOf(context: CollectionContext): CollectionContext['spec']['indexes'] {
  return context.client.storage.capabilities.indexes ? context.spec.indexes : []
}

function sourceOf(context: CollectionContext): QuerySource {
  const { storage } = context.client
  const collection = context.spec.name
  return {
    async page(walk) {
      const { rows, next } = await storage.query({ collection, ...walk })
      const damaged = rows.filter((row): row is DamagedRecord => 'damaged' in row)
      if (damaged.length > 0) context.client.damaged(damaged)
      return {
        rows: rows.flatMap((row) => ('damaged' in row || row.document === null ? [] : [new LazyRow(row)])),
        next,
      }
    },
    count: (walk) => storage.count({ collection, ...walk }),
  }
}

/** Parses only where somebody looks. */
class LazyRow implements SourceRow {
  readonly #row: StoredRecord

  constructor(row: StoredRecord) {
    this.#row = row
  }

  get id(): string {
    return this.#row.id
  }

  get doc(): Doc {
    return JSON.parse(this.#row.document!) as Doc
  }
}

/** The key of a record of this collection. */
export function keyOf(context: CollectionContext, id: string): RecordKey {
  return { collection: context.spec.name, id }
}
