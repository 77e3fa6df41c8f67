/** A client, as the app holds it. */
import { SyncError } from '../errors/sync-error.ts'
import type { SyncEvents, SyncReport } from '../sync/events.ts'
import type { SyncEngine, VerifyReport } from '../sync/engine-contract.ts'
import { checkBoolean } from './check-collection.ts'
import { checkScopes } from './check-options.ts'
import type { ClientContext, CollectionContext } from './client-context.ts'
import { Collection } from './collection.ts'
import type { CollectionName, CollectionsOption, DocumentOf, InputOf } from './collection-definition.ts'
import { exportStore } from './export-store.ts'
import { importStore } from './import-store.ts'
import { checkOptionNames, didYouMean, invalidOption } from './invalid-option.ts'
import { isEventName, EVENT_NAMES } from './event-names.ts'
import { type LiveStatus, liveStatus } from './live-status.ts'
import type { Metrics, MetricsRecorder } from './metrics.ts'
import { Outbox } from './outbox.ts'
import { runTransaction } from './transaction.ts'
import { TransactionCollection } from './transaction-collection.ts'
import type { TransactionState } from './transaction-state.ts'

/** What a transaction's callback is given: each collection by its name, and `collection(name)`. */
export type Transaction<Collections> = {
  readonly [Name in Exclude<CollectionName<Collections>, 'collection'>]: TransactionCollection<
    DocumentOf<Collections, Name>,
    InputOf<Collections, Name>
  >
} & {
  collection<Name extends CollectionName<Collections>>(
    name: Name,
  ): TransactionCollection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>
}

/** What becomes of changes that have not reached the backend when a user signs out. */
export interface SignOutOptions {
  /** `refuse` (the default): UNSENT_CHANGES, and nothing happens. `export`: they are given back. `discard`: they go. */
  readonly unsent?: 'refuse' | 'export' | 'discard'
}

/** The parts a client is made of. */
export interface SyncLayerParts {
  readonly context: ClientContext
  readonly engine: SyncEngine
  readonly metrics: MetricsRecorder
  /** Closes everything; `last` has the storage to itself before it is closed. */
  close(last?: () => Promise<void>): Promise<void>
  now(): number
}

/**
 * A client over one local store. After `close` every call is CLOSED; calls that give a promise reject, others throw.
 */
export class SyncLayer<Collections extends CollectionsOption = CollectionsOption> {
  readonly #context: ClientContext
  readonly #engine: SyncEngine
  readonly #metrics: MetricsRecorder
  readonly #close: (last?: () => Promise<void>) => Promise<void>
  readonly #now: () => number
  readonly #byName = new Map<string, Collection<unknown>>()
  #closing: Promise<void> | null = null
  /** What waits, is in flight or was refused. */
  readonly outbox: Outbox
  /** How syncing goes. */
  readonly status: LiveStatus

  constructor(parts: SyncLayerParts) {
    this.#context = parts.context
    this.#engine = parts.engine
    this.#metrics = parts.metrics
    this.#close = (last) => parts.close(last)
    this.#now = () => parts.now()
    this.outbox = new Outbox(parts.context, parts.engine)
    this.status = liveStatus(parts.engine, parts.context)
  }

  /** The collection of that name. UNKNOWN_COLLECTION where none was declared. */
  collection<Name extends CollectionName<Collections>>(
    name: Name,
  ): Collection<DocumentOf<Collections, Name>, InputOf<Collections, Name>> {
    this.#context.assertOpen()
    const known = this.#byName.get(name)
    if (known !== undefined)
      return known as Collection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>
    const made = new Collection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>(
      contextOf(this.#context, name),
    )
    this.#byName.set(name, made as unknown as Collection<unknown>)
    return made
  }

  /**
   * Runs the callback, and commits all it wrote through `tx`, or, where it throws, nothing. It covers collections of one
   * scope, and runs again where something it read by id was changed before its end, so it must have no other effect.
   * Writes need not be awaited. Resolves with what the callback gives, once all of it is durable here.
   *
   * On the wire it is atomic where the adapter has groups. INVALID_MUTATION (several scopes), GROUP_TOO_LARGE, and
   * whatever its writes are refused with.
   */
  transaction<Result>(callback: (tx: Transaction<Collections>) => Result | Promise<Result>): Promise<Result> {
    return this.#guarded(async () => {
      if (typeof callback !== 'function') throw invalidOption('transaction', callback, 'given a function')
      return runTransaction(this.#context, (state) => callback(this.#transaction(state)))
    })
  }

  /** Calls `listener` at every such event, asynchronously. Returns how to stop. Throws INVALID_OPTION for unknown names. */
  on<Name extends keyof SyncEvents>(name: Name, listener: (event: SyncEvents[Name]) => void): () => void {
    this.#context.assertOpen()
    if (!isEventName(name)) {
      const message = `There is no event ${String(name)}.${didYouMean(String(name), EVENT_NAMES)}`
      throw new SyncError('INVALID_OPTION', message, { details: { option: 'on' } })
    }
    if (typeof listener !== 'function') throw invalidOption('on.listener', listener, 'a function')
    return this.#context.hub.on(name, listener)
  }

  /** Exact counts since the client was opened, or since `resetMetrics`. */
  metrics(): Metrics {
    this.#context.assertOpen()
    return this.#metrics.read()
  }

  /** Begins to count anew. */
  resetMetrics(): void {
    this.#context.assertOpen()
    this.#metrics.reset()
  }

  /**
   * Syncs now: all that was saved before is settled or reported, and what is new is fetched. A call during a round joins
   * the next. Rejects with the first error of the round; NOT_SUPPORTED without an adapter.
   */
  sync(): Promise<SyncReport> {
    return this.#guarded(async () => {
      await this.#context.store.settled()
      return this.#context.holding(() => this.#engine.sync())
    })
  }

  /**
   * Stops syncing here; what is under way is aborted and taken up again by `resume`. Another tab or process on the store
   * goes on in its place.
   */
  pause(): void {
    this.#context.assertOpen()
    this.#engine.pause()
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#context.assertOpen()
    this.#engine.resume()
  }

  /**
   * Syncs other scopes from now on, the first of which new documents go to. Records of dropped scopes are removed here,
   * after what is unsent of them has been sent (R9). Where it rejects, call it again: what was not done is done then.
   */
  setScopes(scopes: readonly string[]): Promise<void> {
    return this.#guarded(async () => {
      const checked = checkScopes(scopes)
      const wanted = this.#context.scopes
      // At once: nothing more goes into a scope that is about to be dropped.
      wanted.current = checked
      try {
        await this.#context.store.settled()
        await this.#engine.setScopes(checked)
      } catch (error) {
        if (wanted.current === checked) wanted.current = this.#engine.scopes
        throw error
      }
    })
  }

  /** Compares what is here with the backend, and, with `repair`, mends what differs. Needs the network. */
  verify(options: { readonly repair?: boolean } = {}): Promise<VerifyReport> {
    return this.#guarded(async () => {
      const { repair } = checkOptionNames(options, 'verify', ['repair'])
      const checked = { repair: checkBoolean(repair, 'verify.repair', false) }
      return this.#context.holding(() => this.#engine.verify(checked))
    })
  }

  /** Everything that is stored, unsent changes too, as text: one JSON value a line. */
  export(): Promise<string> {
    return this.#guarded(() => exportStore(this.#context, this.#now()))
  }

  /**
   * Takes what `export` gave, in one commit, into a store that is still empty, of whatever kind. It is checked whole
   * before anything is written. INVALID_OPTION where the text is no export, or the store is not empty;
   * UNKNOWN_COLLECTION where it has collections that are not declared here.
   */
  import(file: string): Promise<{ readonly records: number }> {
    return this.#guarded(async () => {
      const report = await importStore(this.#context, file, () => this.#now())
      // The engine reads anew where each scope's feed stands.
      await this.#engine.setScopes(this.#context.scopes.current)
      return report
    })
  }

  /**
   * Removes everything from this device and closes. UNSENT_CHANGES where something has not reached the backend, unless
   * told what to do with it; with `export` it resolves with what `export()` gives.
   */
  signOut(options: SignOutOptions = {}): Promise<string | undefined> {
    return this.#guarded(async () => {
      const { unsent = 'refuse' } = checkOptionNames(options, 'signOut', ['unsent']) as SignOutOptions
      if (!['refuse', 'export', 'discard'].includes(unsent)) {
        throw invalidOption('signOut.unsent', unsent, `'refuse', 'export' or 'discard'`)
      }
      return this.#signOut(unsent)
    })
  }

  /** Finishes the commit under way and closes; safe to call twice. What is unsent is on disk, and sent next time. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #signOut(unsent: 'refuse' | 'export' | 'discard'): Promise<string | undefined> {
    const { store, storage } = this.#context
    // Nothing more is sent, so that nothing changes between looking and clearing.
    this.#engine.pause()
    let file: string | undefined
    try {
      await store.settled()
      const { waiting, sending, parked } = await storage.outboxSize(null)
      const count = waiting + sending + parked
      if (count > 0 && unsent === 'refuse') {
        throw new SyncError(
          'UNSENT_CHANGES',
          `${count} ${count === 1 ? 'change has' : 'changes have'} not reached the backend. Sync first, or say what to do: signOut({ unsent: 'export' }) or 'discard'.`,
          { details: { pending: waiting + sending, parked } },
        )
      }
      if (unsent === 'export') file = await exportStore(this.#context, this.#now())
    } catch (error) {
      this.#engine.resume()
      throw error
    }
    this.#closing ??= this.#close(() => storage.clear())
    await this.#closing
    return file
  }

  #transaction(state: TransactionState): Transaction<Collections> {
    const collection = (name: string): TransactionCollection<unknown> =>
      new TransactionCollection<unknown>(contextOf(this.#context, name), state)
    const byName = Object.fromEntries(
      [...this.#context.collections.keys()].map((name) => [name, collection(name)]),
    )
    return { ...byName, collection } as unknown as Transaction<Collections>
  }

  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    this.#context.assertOpen()
    return call()
  }
}

function contextOf(client: ClientContext, name: string): CollectionContext {
  const context = client.collections.get(name)
  if (context !== undefined) return context
  const message = `There is no collection ${name}.${didYouMean(name, [...client.collections.keys()])}`
  throw new SyncError('UNKNOWN_COLLECTION', message, { details: { collection: name } })
}
