/** Puts a client together from checked options and the platform. */
import { createHybridClock } from '../clock/hybrid-clock.ts'
import { createIdFactory } from '../document/id-factory.ts'
import { toSyncError } from '../errors/sync-error.ts'
import type { RecordKey, Storage } from '../ports/storage.ts'
import type { Random } from '../ports/random.ts'
import { toHex } from '../shared/bytes.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import { type Commit, LocalStore } from '../store/local-store.ts'
import { damagedError } from '../store/damaged-error.ts'
import { slotName } from '../store/workspace.ts'
import type { SyncEngine } from '../sync/engine-contract.ts'
import { createSyncEngine } from '../sync/sync-engine.ts'
import { buildSpecs } from './build-specs.ts'
import { type CheckedOptions, checkOptions } from './check-options.ts'
import { chooseElection } from './choose-election.ts'
import type { ClientContext, CollectionContext } from './client-context.ts'
import type { ClientDeps } from './client-deps.ts'
import type { CollectionsOption } from './collection-definition.ts'
import { tellCommit } from './commit-watch.ts'
import { createEventHub, type EventHub } from './event-hub.ts'
import { createLiveQueries } from './live-queries.ts'
import { createLocalEngine } from './local-engine.ts'
import { leveledLogger } from './log-levels.ts'
import { createMetrics, type MetricsRecorder } from './metrics.ts'
import type { SyncLayerOptions } from './options.ts'
import { createOrderSource } from './order-source.ts'
import { prepareCollections } from './prepare-collections.ts'
import { SyncLayer } from './sync-layer.ts'
import { closedError, createWaiters } from './waiters.ts'

/** The options, with the storage that is used. */
interface StartOptions extends CheckedOptions {
  readonly storage: Storage
}

/** What `createSyncLayer` does, with a platform of the caller's. What was opened is closed where it fails. */
export async function createClient<const Collections extends CollectionsOption>(
  options: SyncLayerOptions<Collections>,
  deps: ClientDeps,
): Promise<SyncLayer<Collections>> {
  const checked = checkOptions(options)
  const storage = checked.storage ?? (await ownMemory())
  const collections = [...checked.collections].map(([name, { indexes, version }]) => ({
    name,
    indexes: indexes.map((index) => index.name),
    version,
  }))
  try {
    await storage.open({ collections, durability: checked.durability })
  } catch (error) {
    throw toSyncError(error, 'STORAGE_FAILED', 'The storage could not be opened')
  }
  try {
    return await startClient<Collections>({ ...checked, storage }, deps)
  } catch (error) {
    // The first failure is the one to be told.
    await storage.close().catch(() => undefined)
    throw toSyncError(error, 'STORAGE_FAILED', 'The client could not be started')
  }
}

/** Loaded by those who give no storage, so that nobody else's bundle carries it. */
async function ownMemory(): Promise<Storage> {
  const { memoryStorage } = await import('../storage-memory/memory-storage.ts')
  return memoryStorage()
}

async function startClient<Collections extends CollectionsOption>(
  checked: StartOptions,
  deps: ClientDeps,
): Promise<SyncLayer<Collections>> {
  const { storage, adapter } = checked
  const { clock, random } = deps
  const logger = leveledLogger(checked.logger.logger ?? deps.logger, checked.logger.level)
  const metrics = createMetrics()
  const hub = createEventHub({ clock, logger, metrics, onMetrics: checked.metrics })
  const specs = buildSpecs(checked.collections, checked.conflicts)
  const isSynced = (name: string): boolean => specs.get(name)?.synced === true
  const nextOrder = await createOrderSource(storage, clock)
  const hlc = createHybridClock({ clock, node: randomHex(random, 8) })

  /** Filled in last: preparing and loading need no engine. */
  const late: { engine?: SyncEngine } = {}
  const commits = new Map<string, number>()
  const noteCommit = (collection: string): void =>
    void commits.set(collection, (commits.get(collection) ?? 0) + 1)
  const onCommit = (commit: Commit): void => {
    // The commit is done: whatever fails here must not reject the writes that made it.
    try {
      for (const { key } of commit.changes) noteCommit(key.collection)
      live.committed(commit)
      const moved = tellCommit(commit, hub, isSynced)
      if (moved.length > 0) late.engine?.committed(moved)
      // The lanes of rows that could not be read are not known, so the counts are taken anew.
      if (commit.changes.some(({ replaced }) => replaced)) late.engine?.foreignCommit(true)
    } catch (error) {
      hub.report('error', { error: toSyncError(error, 'STORAGE_FAILED', 'A commit could not be told') })
    }
  }
  const store = new LocalStore(storage, specs, onCommit, (error) => hub.report('error', { error }))
  const live = createLiveQueries(
    (name) => late.engine === undefined || !isSynced(name) || late.engine.isComplete([name]),
  )
  const told = new Set<string>()
  const contexts = new Map<string, CollectionContext>()
  const damaged = (keys: readonly RecordKey[]): void => {
    const fresh = keys.filter((key) => !told.has(slotName(key)))
    if (fresh.length === 0) return
    for (const { collection, id } of fresh) {
      told.add(slotName({ collection, id }))
      hub.report('error', { error: damagedError({ collection, id }), collection, id })
    }
    const synced = fresh.filter(({ collection }) => isSynced(collection))
    if (synced.length > 0) late.engine?.damaged(synced.map(({ collection, id }) => ({ collection, id })))
  }
  const waiters = createWaiters(deps.holdProcess)
  let open = true
  const context: ClientContext = {
    storage,
    store,
    collections: contexts,
    scopes: { current: checked.scopes },
    hub,
    live,
    // Not known for good before the adapter was opened.
    get maxGroup() {
      return adapter?.capabilities.groups === true ? adapter.capabilities.maxBatch : null
    },
    get maxRecordBytes() {
      return adapter?.capabilities.maxRecordBytes ?? null
    },
    commitsOf: (name) => commits.get(name) ?? 0,
    newId: createIdFactory({ clock, random }),
    newGroup: () => randomHex(random, 10),
    tick: (after) => hlc.tick(after),
    nextOrder,
    damaged,
    holding: (call) => waiters.hold(call),
    assertOpen: () => {
      if (!open) throw closedError()
    },
  }
  for (const [name, spec] of specs) {
    contexts.set(name, { client: context, spec, checked: checked.collections.get(name)! })
  }

  await prepareCollections({ storage, specs, now: () => clock.now(), nextOrder, report: hub.report })
  /** Other processes have committed; undefined: nobody knows what. */
  const changedElsewhere = (records?: readonly RecordKey[]): void => {
    for (const name of records === undefined ? specs.keys() : new Set(records.map((key) => key.collection)))
      noteCommit(name)
    live.changedElsewhere(records)
    late.engine?.foreignCommit(records === undefined || records.length > 0)
  }
  // What others tell a page that stands still may never reach it.
  const stoodStill = (): void => {
    if (storage.changes !== undefined) changedElsewhere()
  }
  const engine = startEngine({ checked, deps, context, specs, hub, metrics, logger, stoodStill })
  late.engine = engine
  const stopComplete = engine.onComplete(() => live.completeChanged())
  const stopChanges = storage.changes?.(({ records }) => changedElsewhere(records))
  const stopVisible = deps.connectivity.subscribe((event) => {
    if (event === 'visible') stoodStill()
  })
  await engine.start()

  const close = async (last?: () => Promise<void>): Promise<void> => {
    open = false
    stopComplete()
    stopChanges?.()
    stopVisible()
    live.close()
    try {
      await engine.close()
    } finally {
      waiters.close()
      await store.close()
      try {
        await last?.()
      } finally {
        await storage.close()
        hub.close()
      }
    }
  }
  hub.opened()
  return new SyncLayer<Collections>({ context, engine, metrics, close, now: () => clock.now() })
}

function startEngine(parts: {
  readonly checked: StartOptions
  readonly deps: ClientDeps
  readonly context: ClientContext
  readonly specs: ReadonlyMap<string, CollectionSpec>
  readonly hub: EventHub
  readonly metrics: MetricsRecorder
  readonly logger: ClientDeps['logger']
  readonly stoodStill: () => void
}): SyncEngine {
  const { checked, deps, context, hub, logger } = parts
  const { store } = context
  if (checked.adapter === null) {
    const failed = (error: unknown): void =>
      hub.report('error', { error: toSyncError(error, 'STORAGE_FAILED', 'The outbox could not be counted') })
    const guard = (what: string, call: () => unknown): void => hub.guard(what, call)
    return createLocalEngine({ store, scopes: checked.scopes, guard, failed })
  }
  return createSyncEngine({
    ...deps,
    store,
    adapter: checked.adapter,
    collections: new Map([...parts.specs].filter(([, spec]) => spec.synced)),
    scopes: checked.scopes,
    settings: checked.settings,
    logger,
    report: hub.report,
    stoodStill: parts.stoodStill,
    traffic: parts.metrics.traffic,
    elect: chooseElection(context.storage, deps),
    nextOrder: () => context.nextOrder(),
  })
}

function randomHex(random: Random, bytes: number): string {
  return toHex(random.bytes(bytes))
}
