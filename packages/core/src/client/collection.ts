/** A collection: what the app reads, writes and watches. */
import { checkId } from '../document/check-names.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { LiveQuery } from '../query/live-query.ts'
import { Query } from '../query/query.ts'
import type { CollectionContext } from './client-context.ts'
import { changeDocument } from './change-document.ts'
import type { Changes, Draft, SaveInput, Stored } from './document-types.ts'
import { countDocuments, keyOf, queryDocuments, readDocument } from './read-documents.ts'
import { applyWrite, refuseNewer, type Write, writeOf } from './write-document.ts'

/** Whether a document has reached the backend: all of it, not yet, or it was refused and waits to be looked at. */
export type RecordStatus = 'synced' | 'pending' | 'parked'

/**
 * One collection of documents. Writes resolve once they are durable here, and the fact that they must be sent with them
 * (D5); they never wait for the network. Reads begun after a write was called see it (D8). What a write refuses it
 * refuses before anything is written, by rejecting.
 */
export class Collection<Document, Input = Document> {
  readonly #context: CollectionContext
  readonly #query: Query<Stored<Document>>

  constructor(context: CollectionContext) {
    this.#context = context
    this.#query = new Query<Stored<Document>>({
      get: (spec) => this.#open(() => queryDocuments(context, spec)) as Promise<Readonly<Stored<Document>>[]>,
      count: (spec) => this.#open(() => countDocuments(context, spec)),
      watch: (spec) => {
        context.client.assertOpen()
        return context.client.live.watchQuery(context, spec) as unknown as LiveQuery<
          readonly Readonly<Stored<Document>>[]
        >
      },
    })
  }

  get name(): string {
    return this.#context.spec.name
  }

  /**
   * Creates the document, or replaces the one with its id; gives the id, a new one (UUIDv7) unless the document has one.
   * INVALID_DOCUMENT, SCOPE_CHANGE, NOT_SUPPORTED (a record of a newer schema), STORAGE_FULL, STORAGE_FAILED, CLOSED.
   */
  save(document: SaveInput<Input>): Promise<string> {
    return this.#open(() => {
      const write = writeOf(this.#context, document)
      return this.#submit([write], () => write.id)
    })
  }

  /** Saves all of them, in one commit, or none. Gives their ids in order. Of several with one id the last stays. */
  saveAll(documents: readonly SaveInput<Input>[]): Promise<string[]> {
    return this.#open(() => {
      if (!Array.isArray(documents))
        throw new SyncError('INVALID_DOCUMENT', 'saveAll takes an array of documents.')
      const writes = documents.map((document) => writeOf(this.#context, document))
      return this.#submit(writes, () => writes.map(({ id }) => id))
    })
  }

  /** The document, undefined where there is none. */
  get(id: string): Promise<Readonly<Stored<Document>> | undefined> {
    return this.#open(() => readDocument(this.#context, checkId(id))) as Promise<
      Readonly<Stored<Document>> | undefined
    >
  }

  /** All documents, by rising id. */
  getAll(): Promise<Readonly<Stored<Document>>[]> {
    return this.#query.get()
  }

  /**
   * Changes a document: each named top-level field is replaced, undefined removes it. Or a function changes a draft in
   * place; it may be called several times, and must answer at once. NOT_FOUND where there is no such document;
   * INVALID_DOCUMENT where the result is none, or has another id.
   */
  update(
    id: string,
    changes: Changes<Stored<Document>> | ((draft: Draft<Stored<Document>>) => void),
  ): Promise<void> {
    return this.#open(() => {
      const context = this.#context
      const key = keyOf(context, checkId(id))
      const change = changeDocument(context, id, changes)
      return context.client.store.submit({
        origin: 'local',
        keys: [key],
        run: (workspace) => {
          const current = workspace.get(key)
          refuseNewer(current, context.spec.schema)
          if (current === null || current.document === null) throw notFound(key.collection, id)
          applyWrite(context, workspace, key, change(current.document))
        },
      })
    })
  }

  /** Deletes the document; where there is none nothing happens. */
  delete(id: string): Promise<void> {
    return this.deleteAll([id])
  }

  /** Deletes all of them, in one commit, or none. */
  deleteAll(ids: readonly string[]): Promise<void> {
    return this.#open(() => {
      if (!Array.isArray(ids)) throw new SyncError('INVALID_DOCUMENT', 'deleteAll takes an array of ids.')
      const collection = this.name
      const writes = (ids as readonly string[]).map((id) => ({
        collection,
        id: checkId(id),
        document: null,
        scope: undefined,
      }))
      return this.#submit(writes, () => undefined)
    })
  }

  /** How far the record is on its way to the backend: `synced` where nothing is left to send. */
  status(id: string): Promise<RecordStatus> {
    return this.#open(async () => {
      const { client } = this.#context
      const key = keyOf(this.#context, checkId(id))
      await client.store.settled()
      const [row] = await client.storage.read([key])
      if (row === undefined || 'damaged' in row || row.lane === null) return 'synced'
      return row.lane === 'parked' ? 'parked' : 'pending'
    })
  }

  /** One document, kept up to date; its result is undefined while there is none. */
  watch(id: string): LiveQuery<Readonly<Stored<Document>> | undefined>
  /** All documents by rising id, kept up to date. */
  watch(): LiveQuery<readonly Readonly<Stored<Document>>[]>
  watch(...ids: readonly [] | readonly [id: string]): unknown {
    if (ids.length === 0) return this.#query.watch()
    const { client } = this.#context
    client.assertOpen()
    return client.live.watchDocument(this.#context, checkId(ids[0]))
  }

  /** The documents that match. See Query.where. */
  get where(): Query<Stored<Document>>['where'] {
    return this.#query.where.bind(this.#query) as Query<Stored<Document>>['where']
  }

  /** All documents in that order. See Query.orderBy. */
  get orderBy(): Query<Stored<Document>>['orderBy'] {
    return this.#query.orderBy.bind(this.#query) as Query<Stored<Document>>['orderBy']
  }

  /** All documents but the first `count`, by rising id. */
  offset(count: number): Query<Stored<Document>> {
    return this.#query.offset(count)
  }

  /** The first `count` documents by rising id. */
  limit(count: number): Query<Stored<Document>> {
    return this.#query.limit(count)
  }

  /** The document with the lowest id. */
  first(): Promise<Readonly<Stored<Document>> | undefined> {
    return this.#query.first()
  }

  /** How many documents there are. */
  count(): Promise<number> {
    return this.#query.count()
  }

  #submit<T>(writes: readonly Write[], result: () => T): Promise<T> {
    const context = this.#context
    return context.client.store.submit({
      origin: 'local',
      // A write names its record.
      keys: writes,
      fresh: writes.every(({ fresh }) => fresh === true),
      run: (workspace) => {
        const now = context.client.tick()
        for (const write of writes) applyWrite(context, workspace, write, write, now)
        return result()
      },
    })
  }

  /** Whatever is thrown before anything is submitted rejects. */
  #open<T>(call: () => Promise<T>): Promise<T> {
    try {
      this.#context.client.assertOpen()
      return call()
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }
}

/** NOT_FOUND for an update of what is not there. */
export function notFound(collection: string, id: string): SyncError {
  return new SyncError(
    'NOT_FOUND',
    `There is no ${collection}/${id} to update. Save it, or look with get() first.`,
    {
      details: { collection, id },
    },
  )
}
