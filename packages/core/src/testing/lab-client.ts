/** One client of a lab: an engine with its own store, wire and disk, told by the test what to edit and when to sync. */
import { createHybridClock } from '../clock/hybrid-clock.ts'
import { combinedFields, reconcile } from '../conflict/reconcile.ts'
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { electSolo } from '../leadership/leadership.ts'
import { edit } from '../outbox/edit.ts'
import { discard, retry } from '../outbox/intervene.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type { Random } from '../ports/random.ts'
import type { Lane, RecordKey, WriteBatch } from '../ports/storage.ts'
import type { JsonObject } from '../shared/json.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import { groupMembers, uniteGroup } from '../store/groups.ts'
import { type Commit, LocalStore } from '../store/local-store.ts'
import { decodeRow } from '../store/record-codec.ts'
import type { Workspace } from '../store/workspace.ts'
import { transitionContext, type ScopeSession } from '../sync/scope-session.ts'
import type { SyncEngine } from '../sync/engine-contract.ts'
import { createSyncEngine } from '../sync/sync-engine.ts'
import type { SyncEvents, SyncReport } from '../sync/events.ts'
import type { EngineDeps, EngineSettings } from '../sync/sync-deps.ts'
import { fakeConnectivity, type FakeConnectivity } from './fake-connectivity.ts'
import { mortalStorage } from './lab-store.ts'
import { type Wire, wired } from './lab-wire.ts'
import type { ModelBackend } from './model-backend.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface ClientOptions {
  readonly collections?: readonly string[]
  readonly scopes?: readonly string[]
  readonly settings?: Partial<EngineSettings>
  readonly strategy?: ConflictStrategy
  readonly schema?: number
  readonly migrate?: CollectionSpec['migrate']
  /** What the device's clock is ahead of the backend's. */
  readonly skewMs?: number
  /** The store to open; a new one when left out. */
  readonly memory?: MemoryStore
}

/** What a client has around it. */
export interface LabSurroundings {
  readonly options: { readonly capabilities?: Partial<AdapterCapabilities> }
  readonly time: VirtualTime
  readonly backend: ModelBackend
  readonly random: Random
  readonly clients: readonly LabClient[]
  /** The last place in the outbox that was given. */
  orders: number
  /** Lets time pass until the promise is settled. Throws where it is not within `maxMs`. */
  during<T>(promise: Promise<T>, maxMs?: number): Promise<T>
}

type LabEvent = { [Name in keyof SyncEvents]: { readonly name: Name } & SyncEvents[Name] }[keyof SyncEvents]

interface Where {
  readonly collection?: string
  readonly scope?: string
}

export class LabClient {
  readonly lab: LabSurroundings
  readonly options: ClientOptions
  readonly memory: MemoryStore
  readonly events: LabEvent[] = []
  readonly wire: Wire = { pushes: [], pulls: [], aborts: 0 }
  /** May throw in the place of a commit. */
  disk: { beforeCommit?: (batch: WriteBatch) => void } = {}
  readonly connectivity: FakeConnectivity = fakeConnectivity()
  readonly specs: ReadonlyMap<string, CollectionSpec>
  store!: LocalStore
  engine!: SyncEngine
  #deps!: EngineDeps
  #life = { alive: true }

  constructor(lab: LabSurroundings, options: ClientOptions) {
    this.lab = lab
    this.options = options
    this.memory = options.memory ?? createMemoryStore()
    const { collections = ['items'], schema = 1, migrate, strategy = 'merge' } = options
    this.specs = new Map(
      collections.map((name) => [
        name,
        {
          name,
          synced: true,
          schema,
          indexes: [],
          scopeOf: () => undefined,
          migrate: migrate ?? ((document) => document),
          reconcile: (input) => reconcile({ ...input, strategy }),
          fields: combinedFields(strategy),
        },
      ]),
    )
  }

  /** Opens the store and starts an engine over it: the start of a process. */
  async open(): Promise<void> {
    const { lab, options, specs } = this
    const life = { alive: true }
    this.#life = life
    const storage = mortalStorage(openMemoryStorage(this.memory), life, (batch) =>
      this.disk.beforeCommit?.(batch),
    )
    await storage.open({
      collections: [...specs.keys()].map((name) => ({ name, indexes: [] })),
      durability: 'process',
    })
    this.store = new LocalStore(storage, specs, (commit) => this.#committed(commit))
    this.#deps = {
      store: this.store,
      adapter: wired(lab.backend.adapter(), this.wire, life, lab.options.capabilities),
      collections: specs,
      scopes: options.scopes ?? ['default'],
      settings: {
        auto: false,
        intervalMs: 300_000,
        realtime: false,
        batchSize: 500,
        timeoutMs: 30_000,
        retryBaseMs: 1_000,
        retryMaxMs: 300_000,
        onBackendReset: 'recover',
        ...options.settings,
      },
      clock: { now: () => lab.time.clock.now() + (options.skewMs ?? 0) },
      random: lab.random,
      scheduler: {
        after: (delay, task) => lab.time.scheduler.after(delay, () => void (life.alive && task())),
      },
      connectivity: this.connectivity,
      logger: { log: () => undefined },
      report: (name, event) => {
        if (life.alive) this.events.push({ name, ...event } as LabEvent)
      },
      stoodStill: () => undefined,
      elect: electSolo,
      traffic: { sent: () => undefined, received: () => undefined },
      nextOrder: () => (lab.orders += 1),
    }
    this.engine = createSyncEngine(this.#deps)
    await this.engine.start()
  }

  /** The process is killed: nothing it had not committed remains, and no answer reaches it. */
  kill(): void {
    this.#life.alive = false
  }

  async restart(): Promise<void> {
    this.kill()
    await this.lab.time.settle()
    await this.open()
  }

  /** A whole round of every scope, in virtual time. Rejects as `sync()` does. */
  async sync(maxMs = 600_000): Promise<SyncReport> {
    return this.lab.during(this.engine.sync(), maxMs)
  }

  /** Saves a document; what it was before is replaced. */
  save(id: string, fields: JsonObject, where: Where = {}): Promise<void> {
    return this.change({ [id]: () => fields }, where)
  }

  remove(id: string, where: Where = {}): Promise<void> {
    return this.change({ [id]: () => null }, where)
  }

  /** Several edits in one transaction, where a group is named. */
  async change(
    changes: Readonly<Record<string, (before: JsonObject) => JsonObject | null>>,
    where: Where & { readonly group?: string } = {},
  ): Promise<void> {
    const { collection = 'items', group } = where
    const keys = Object.keys(changes).map((id) => ({ collection, id }))
    await this.store.submit({
      origin: 'local',
      keys,
      run: (workspace) => {
        for (const key of keys) workspace.set(key, this.#edited(workspace, key, changes[key.id]!, where))
        if (group !== undefined) uniteGroup(workspace, group, keys)
      },
    })
  }

  /** Sends a parked change again, with all of its transaction. */
  async retry(id: string, collection = 'items'): Promise<void> {
    await this.#intervene({ collection, id }, (state, workspace) => {
      const { group } = state.sync
      if (group === undefined) return retry(state)
      for (const member of groupMembers(workspace, group)) workspace.set(member, retry(member))
      return workspace.get(state)
    })
  }

  async discard(id: string, collection = 'items'): Promise<void> {
    const spec = this.specs.get(collection)!
    const context = transitionContext({ deps: this.#deps, offset: { ms: 0 } } as ScopeSession, spec, 1)
    const undo = { time: this.#tick(), order: this.#deps.nextOrder() }
    await this.#intervene({ collection, id }, (state) => discard(state, undo, context).state)
  }

  /** The document, without its id; undefined where there is none. */
  async get(id: string, collection = 'items'): Promise<JsonObject | undefined> {
    const state = await this.store.read({ collection, id })
    return state?.document == null ? undefined : withoutId(JSON.parse(state.document) as JsonObject)
  }

  /** All documents by id. */
  async contents(collection = 'items'): Promise<Record<string, JsonObject>> {
    const states = await this.#rows(collection)
    return Object.fromEntries(
      states.flatMap(({ id, document }) =>
        document === null ? [] : [[id, withoutId(JSON.parse(document) as JsonObject)]],
      ),
    )
  }

  /** Where a record stands. */
  async lane(id: string, collection = 'items'): Promise<Lane | 'clean' | 'absent'> {
    const state = await this.store.read({ collection, id })
    return state === null ? 'absent' : (state.lane ?? 'clean')
  }

  /** The events of one name, oldest first. */
  told<Name extends keyof SyncEvents>(name: Name): readonly SyncEvents[Name][] {
    return this.events.filter((event) => event.name === name) as unknown as readonly SyncEvents[Name][]
  }

  async #rows(collection: string): Promise<readonly RecordState[]> {
    const rows = await this.store.storage.scan({ collection, after: null, limit: 1_000_000 })
    return rows.flatMap((row) => ('damaged' in row ? [] : [decodeRow(row)]))
  }

  #edited(
    workspace: Workspace,
    key: RecordKey,
    change: (before: JsonObject) => JsonObject | null,
    where: Where,
  ): RecordState | null {
    const state = workspace.get(key)
    const before = state?.document == null ? {} : withoutId(JSON.parse(state.document) as JsonObject)
    const after = change(before)
    if (after === null && state?.document == null) return state
    return edit(state, {
      ...key,
      scope: where.scope ?? this.#deps.scopes[0]!,
      document: after === null ? null : JSON.stringify({ id: key.id, ...after }),
      time: this.#tick(state?.sync.device ? state.sync.time : undefined),
      schema: this.specs.get(key.collection)!.schema,
      order: this.#deps.nextOrder(),
      synced: true,
    })
  }

  #tick(after?: string): string {
    const node = String(this.lab.clients.indexOf(this)).padStart(16, '0')
    return createHybridClock({ clock: this.#deps.clock, node }).tick(after)
  }

  async #intervene(
    key: RecordKey,
    change: (state: RecordState, workspace: Workspace) => RecordState | null,
  ): Promise<void> {
    await this.store.submit({
      origin: 'local',
      keys: [key],
      run: (workspace) => {
        const state = workspace.get(key)
        if (state !== null) workspace.set(key, change(state, workspace))
      },
    })
  }

  #committed({ changes }: Commit): void {
    this.engine.committed(
      changes.map(({ before, after, origin }) => ({
        scope: (after ?? before)!.scope,
        before: before?.lane ?? null,
        after: after?.lane ?? null,
        edited: origin === 'local',
      })),
    )
  }
}

/** A document's fields without the id. */
export function withoutId(document: JsonObject): JsonObject {
  const { id: _id, ...fields } = document
  return fields
}
