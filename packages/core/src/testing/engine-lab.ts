/**
 * Engines on one backend in virtual time, each with its own store, wire and disk, for tests that need to say exactly
 * what goes wrong and when.
 */
import { createHybridClock } from '../clock/hybrid-clock.ts'
import { reconcile } from '../conflict/reconcile.ts'
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { edit } from '../outbox/edit.ts'
import { discard, retry } from '../outbox/intervene.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { AdapterCapabilities, BackendAdapter } from '../ports/adapter.ts'
import type { Random } from '../ports/random.ts'
import type { Lane, RecordKey, Storage, WriteBatch } from '../ports/storage.ts'
import type {
  FetchRequest,
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
} from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
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
import { createModelBackend, type ModelBackend } from './model-backend.ts'
import { seededRandom } from './seeded-random.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** What lies between an engine and its backend. Each hook may answer itself, or let the request through. */
export interface Wire {
  push?: (request: PushRequest, through: () => Promise<PushResponse>) => Promise<PushResponse>
  pull?: (request: PullRequest, through: () => Promise<PullResponse>) => Promise<PullResponse>
  fetch?: (
    request: FetchRequest & { readonly scope: string },
    through: () => Promise<readonly RemoteRecord[]>,
  ) => Promise<readonly RemoteRecord[]>
  open?: () => Promise<void>
  readonly pushes: PushRequest[]
  readonly pulls: PullRequest[]
  /** Aborts that reached the adapter. */
  aborts: number
}

export interface LabOptions {
  readonly seed?: number
  readonly capabilities?: Partial<AdapterCapabilities>
}

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

/** A second device restored from the first one's backup: the same store, from here on going its own way. */
export async function copyStore(
  memory: MemoryStore,
  collections: readonly string[] = ['items'],
): Promise<MemoryStore> {
  const copy = createMemoryStore()
  const [from, to] = [openMemoryStorage(memory), openMemoryStorage(copy)]
  const schema = {
    collections: collections.map((name) => ({ name, indexes: [] })),
    durability: 'process' as const,
  }
  await from.open(schema)
  await to.open(schema)
  const entries = await from.listEntries('')
  await to.commit({ entries: entries.map(({ name, value }) => ({ name, value })) })
  for (const collection of collections) {
    const rows = await from.scan({ collection, after: null, limit: 1_000_000 })
    await to.commit({ records: rows.flatMap((row) => ('damaged' in row ? [] : [{ ...row, keys: [] }])) })
  }
  await from.close()
  await to.close()
  return copy
}

type LabEvent = { [Name in keyof SyncEvents]: { readonly name: Name } & SyncEvents[Name] }[keyof SyncEvents]

interface Where {
  readonly collection?: string
  readonly scope?: string
}

/** A lab whose every choice follows from the seed. */
export function createLab(options: LabOptions = {}): EngineLab {
  return new EngineLab(options)
}

export class EngineLab {
  readonly options: LabOptions
  readonly time: VirtualTime = createVirtualTime()
  readonly backend: ModelBackend = createModelBackend({ now: () => this.time.clock.now() })
  readonly random: Random
  readonly clients: LabClient[] = []
  /** The last place in the outbox that was given. */
  orders = 0

  constructor(options: LabOptions) {
    this.options = options
    this.random = seededRandom(options.seed ?? 1)
  }

  /** A client whose engine has been started; it syncs when told to, unless its settings say `auto`. */
  async client(options: ClientOptions = {}): Promise<LabClient> {
    const client = new LabClient(this, options)
    this.clients.push(client)
    await client.open()
    return client
  }

  /** Lets time pass until the promise is settled. Throws where it is not within `maxMs`. */
  async during<T>(promise: Promise<T>, maxMs = 600_000): Promise<T> {
    let settled = false
    const note = (): void => void (settled = true)
    promise.then(note, note)
    if (!(await this.time.until(() => settled, maxMs)))
      throw new Error(`Nothing came of it within ${maxMs} ms.`)
    return promise
  }

  /** What the backend holds alive, by id. */
  contents(scope = 'default', collection = 'items'): Record<string, JsonObject> {
    const alive = this.backend
      .records(scope)
      .filter((record) => record.collection === collection && !record.deleted)
    return Object.fromEntries(alive.map(({ id, data }) => [id, withoutId(data as JsonObject)]))
  }
}

export class LabClient {
  readonly lab: EngineLab
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

  constructor(lab: EngineLab, options: ClientOptions) {
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
        },
      ]),
    )
  }

  /** Opens the store and starts an engine over it: the start of a process. */
  async open(): Promise<void> {
    const { lab, options, specs } = this
    const life = { alive: true }
    this.#life = life
    const storage = this.#mortal(openMemoryStorage(this.memory), life)
    await storage.open({
      collections: [...specs.keys()].map((name) => ({ name, indexes: [] })),
      durability: 'process',
    })
    this.store = new LocalStore(storage, specs, (commit) => this.#committed(commit))
    this.#deps = {
      store: this.store,
      adapter: this.#adapter(life),
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

  #mortal(storage: Storage, life: { readonly alive: boolean }): Storage {
    return {
      ...storage,
      commit: async (batch, expect) => {
        if (!life.alive) return new Promise(() => undefined)
        this.disk.beforeCommit?.(batch)
        return storage.commit(batch, expect)
      },
    }
  }

  #adapter(life: { readonly alive: boolean }): BackendAdapter {
    const { wire } = this
    const inner = this.lab.backend.adapter()
    const guarded = async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
      if (!life.alive) return new Promise(() => undefined)
      signal.addEventListener('abort', () => (wire.aborts += 1))
      const answer = await call()
      return life.alive ? answer : new Promise(() => undefined)
    }
    return {
      ...inner,
      capabilities: { ...inner.capabilities, ...this.lab.options.capabilities },
      open: async (context) => {
        await wire.open?.()
        await inner.open(context)
      },
      push: (request, signal) =>
        guarded(signal, () => {
          wire.pushes.push(request)
          const through = (): Promise<PushResponse> => inner.push(request, signal)
          return wire.push?.(request, through) ?? through()
        }),
      pull: (request, signal) =>
        guarded(signal, () => {
          wire.pulls.push(request)
          const through = (): Promise<PullResponse> => inner.pull(request, signal)
          return wire.pull?.(request, through) ?? through()
        }),
      fetch: (request, signal) =>
        guarded(signal, () => {
          const through = (): Promise<readonly RemoteRecord[]> => inner.fetch(request, signal)
          return wire.fetch?.(request, through) ?? through()
        }),
    }
  }
}

function withoutId(document: JsonObject): JsonObject {
  const { id: _id, ...fields } = document
  return fields
}
