/** A collection as a transaction sees it. */
import { Query } from '../query/query.ts'
import { compileFilter } from '../query/evaluate.ts'
import type { LiveQuery } from '../query/live-query.ts'
import { compareDocuments } from '../query/order.ts'
import type { Doc, QuerySpec } from '../query/query-spec.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { CollectionContext } from './client-context.ts'
import type { Changes, Draft, SaveInput, Stored } from './document-types.ts'
import { countDocuments, queryDocuments } from './read-documents.ts'
import type { TransactionState } from './transaction-state.ts'

/**
 * A collection inside a transaction. Reads see the transaction's own writes. What is read by id must not have changed
 * at its end, else the callback runs again; queries see what is committed as they run, and are not looked at again.
 * A write that fails fails the transaction, caught or not.
 */
export class TransactionCollection<Document, Input = Document> {
  readonly #context: CollectionContext
  readonly #state: TransactionState
  readonly #query: Query<Stored<Document>>

  constructor(context: CollectionContext, state: TransactionState) {
    this.#context = context
    this.#state = state
    this.#query = new Query<Stored<Document>>({
      get: (spec) =>
        state.step(false, () => queryInside(context, state, spec)) as Promise<Readonly<Stored<Document>>[]>,
      count: (spec) => state.step(false, () => countInside(context, state, spec)),
      watch: refuseWatch,
    })
  }

  /** The document, undefined where there is none. */
  get(id: string): Promise<Readonly<Stored<Document>> | undefined> {
    return this.#state.step(false, async () => {
      const text = await this.#state.text(this.#context, id)
      return text === null ? undefined : (JSON.parse(text) as Readonly<Stored<Document>>)
    })
  }

  /** All documents, by rising id. */
  getAll(): Promise<Readonly<Stored<Document>>[]> {
    return this.#query.get()
  }

  /** Creates or replaces the document; gives its id. See Collection.save. */
  save(document: SaveInput<Input>): Promise<string> {
    return this.#state.save(this.#context, document)
  }

  /** Changes a document. See Collection.update. */
  update(
    id: string,
    changes: Changes<Stored<Document>> | ((draft: Draft<Stored<Document>>) => void),
  ): Promise<void> {
    return this.#state.update(this.#context, id, changes)
  }

  /** Deletes the document; where there is none nothing happens. */
  delete(id: string): Promise<void> {
    return this.#state.delete(this.#context, id)
  }

  /** The documents that match. See Query.where. */
  get where(): Query<Stored<Document>>['where'] {
    return this.#query.where.bind(this.#query) as Query<Stored<Document>>['where']
  }

  /** All documents in that order. See Query.orderBy. */
  get orderBy(): Query<Stored<Document>>['orderBy'] {
    return this.#query.orderBy.bind(this.#query) as Query<Stored<Document>>['orderBy']
  }
}

async function queryInside(
  context: CollectionContext,
  state: TransactionState,
  spec: QuerySpec,
): Promise<Doc[]> {
  const own = ownWrites(context, state)
  if (own.size === 0) return queryDocuments(context, spec)
  const committed = await queryDocuments(context, { ...spec, offset: 0, limit: null })
  const matches = compileFilter(spec.filter)
  const documents = committed.filter(({ id }) => !own.has(id))
  for (const document of own.values()) if (document !== null && matches(document)) documents.push(document)
  documents.sort(compareDocuments(spec.orderBy))
  return documents.slice(spec.offset, spec.limit === null ? undefined : spec.offset + spec.limit)
}

async function countInside(
  context: CollectionContext,
  state: TransactionState,
  spec: QuerySpec,
): Promise<number> {
  if (ownWrites(context, state).size === 0) return countDocuments(context, spec)
  return (await queryInside(context, state, spec)).length
}

/** What this transaction wrote in the collection, by id; null: deleted. */
function ownWrites(context: CollectionContext, state: TransactionState): ReadonlyMap<string, Doc | null> {
  const own = new Map<string, Doc | null>()
  for (const { key, write } of state.writes.values()) {
    if (key.collection !== context.spec.name) continue
    own.set(key.id, write.document === null ? null : (JSON.parse(write.document) as Doc))
  }
  return own
}

function refuseWatch<Result>(): LiveQuery<Result> {
  throw new SyncError('NOT_SUPPORTED', 'A transaction cannot watch. Call watch() outside of it.')
}
