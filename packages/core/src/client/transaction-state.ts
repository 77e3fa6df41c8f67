/** One run of a transaction's callback: what it read by id, and what it wants written. */
import { checkId } from '../document/check-names.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import { slotName } from '../store/workspace.ts'
import { changeDocument } from './change-document.ts'
import type { ClientContext, CollectionContext } from './client-context.ts'
import { notFound } from './collection.ts'
import { documentOf, keyOf } from './read-documents.ts'
import { type Write, writeOf } from './write-document.ts'

interface ReadRecord {
  readonly key: RecordKey
  readonly revision: number | null
  readonly text: string | null
}

interface PlannedWrite {
  readonly context: CollectionContext
  readonly key: RecordKey
  readonly write: Write
}

export class TransactionState {
  readonly #client: ClientContext
  readonly reads: Map<string, ReadRecord> = new Map()
  readonly writes: Map<string, PlannedWrite> = new Map()
  #tail: Promise<unknown> = Promise.resolve()
  #failure: { readonly error: unknown } | null = null
  #ended = false

  constructor(client: ClientContext) {
    this.#client = client
  }

  /** The text of a document, with what this transaction did to it; null where there is none. */
  async text(context: CollectionContext, id: string): Promise<string | null> {
    const key = keyOf(context, checkId(id))
    const name = slotName(key)
    const planned = this.writes.get(name)
    if (planned !== undefined) return planned.write.document
    const known = this.reads.get(name)
    if (known !== undefined) return known.text
    await this.#client.store.settled()
    const [row] = await this.#client.storage.read([key])
    const document = documentOf(context, row)
    const text = row === undefined || document === undefined || 'damaged' in row ? null : row.document
    this.reads.set(name, { key, revision: row?.revision ?? null, text })
    return text
  }

  /** Plans to save a document, as it is now; gives its id. */
  save(context: CollectionContext, input: unknown): Promise<string> {
    const prepared = attempt(() => writeOf(context, input))
    return this.step(true, () => {
      const write = prepared()
      this.#plan(context, write)
      return write.id
    })
  }

  /** Plans an update on what is there after the steps before it. NOT_FOUND where nothing is. */
  update(context: CollectionContext, id: string, changes: unknown): Promise<void> {
    const prepared = attempt(() => changeDocument(context, checkId(id), changes))
    return this.step(true, async () => {
      const change = prepared()
      const text = await this.text(context, id)
      if (text === null) throw notFound(context.spec.name, id)
      this.#plan(context, change(text))
    })
  }

  /** Plans to delete a document. */
  delete(context: CollectionContext, id: string): Promise<void> {
    return this.step(true, () => {
      this.#plan(context, {
        collection: context.spec.name,
        id: checkId(id),
        document: null,
        scope: undefined,
      })
    })
  }

  #plan(context: CollectionContext, write: Write): void {
    const key = { collection: write.collection, id: write.id }
    this.writes.set(slotName(key), { context, key, write })
  }

  /**
   * Runs one step after those before it. A write that fails fails the transaction, also where the callback caught it
   * or did not wait for it: nothing may be left out silently.
   */
  step<T>(isWrite: boolean, task: () => T | Promise<T>): Promise<T> {
    if (this.#ended) return Promise.reject(endedError())
    const result = this.#tail.then(task)
    this.#tail = result.catch((error: unknown) => {
      if (isWrite) this.#failure ??= { error }
    })
    // Nobody may be waiting for it; its failure is told by the transaction.
    if (isWrite) result.catch(() => undefined)
    return result
  }

  /** Waits for every step, then takes no more. Throws what a write threw. */
  async settle(): Promise<void> {
    await this.#finish()
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Waits for every step, then takes no more. */
  async abandon(): Promise<void> {
    await this.#finish()
  }

  async #finish(): Promise<void> {
    let seen: Promise<unknown>
    do {
      seen = this.#tail
      await seen
    } while (seen !== this.#tail)
    this.#ended = true
  }
}

/** Does it now, and answers or throws later: what the app gives may change as soon as the call is over. */
function attempt<T>(make: () => T): () => T {
  try {
    const made = make()
    return () => made
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function endedError(): SyncError {
  return new SyncError(
    'CLOSED',
    'This transaction has ended. Wait for all of its work inside the callback, and return when it is done.',
  )
}
