/** One process of an app on one device: real client code, on a disk that outlives it, that may be killed at any moment. */
import { isSyncError, type SyncLayer } from '@synclayer/core'
import type { BackendAdapter } from '@synclayer/core/adapter'
import type { WriteBatch } from '@synclayer/core/storage'
import {
  createTestLayer,
  fakeConnectivity,
  seededRandom,
  testDeps,
  type VirtualTime,
} from '@synclayer/core/testing'
import {
  type CollectionName,
  type Collections,
  collectionsAt,
  type Marked,
  PAIR,
  tokensOf,
} from '../scenario/collections.ts'
import type { Attempt, Oracle } from '../oracle/oracle.ts'
import type { Count } from '../oracle/tally.ts'
import { type CrashPoint, type DeviceSetup, SCOPES } from '../scenario/scenario.ts'
import type { Counts } from './counts.ts'
import type { Disk } from './disk.ts'
import { LiveViews } from './live-views.ts'
import { type Life, mortalStorage } from './mortal-storage.ts'
import type { DeviceNetwork } from './network.ts'

export interface DeviceDeps {
  readonly index: number
  readonly seed: number
  readonly setup: DeviceSetup
  readonly disk: Disk
  readonly diskIndex: number
  readonly shared: boolean
  /** Of the processes on its disk, one syncs. */
  readonly elects: boolean
  readonly time: VirtualTime
  readonly network: DeviceNetwork
  readonly connect: (life: Life) => BackendAdapter
  readonly counts: Counts
  readonly trace: (line: string) => void
  readonly oracle: Oracle
}

const CRASH_COUNTS = {
  now: 'crashes at once',
  'before commit': 'crashes before a commit',
  'after commit': 'crashes after a commit',
  read: 'crashes in a read',
  opened: 'crashes between open and start',
} as const

/** What of a client is there while its process runs. */
export interface Process {
  readonly life: Life
  readonly layer: SyncLayer<Collections>
  readonly live: LiveViews
  /** The edits its user does not know the outcome of yet. */
  readonly underWay: Set<Attempt | Count>
}

export class Device {
  readonly name: string
  readonly disk: Disk
  readonly network: DeviceNetwork
  readonly connectivity = fakeConnectivity()
  /** It syncs without being asked to. */
  readonly auto: boolean
  scopes: readonly string[]
  schema: 1 | 2
  clockMs: number
  /** Its scopes were changed while it ran: what it shows may come and go. */
  rescoped = false
  process: Process | null = null
  #life: Life = { alive: false }
  #lives = 0
  #crash: { point: CrashPoint; left: number; downMs: number } | null = null
  #opening: Promise<void> | null = null
  /** The process that refused the scopes the app asked for last. */
  #refusedScopes: Process | null = null
  readonly #deps: DeviceDeps

  constructor(deps: DeviceDeps) {
    this.#deps = deps
    this.name = `d${deps.index}`
    this.disk = deps.disk
    this.network = deps.network
    this.auto = deps.setup.auto
    this.scopes = deps.setup.scopes
    this.schema = deps.setup.schema
    this.clockMs = deps.setup.clockMs
  }

  /** Its process runs, or is about to. */
  get alive(): boolean {
    return this.#life.alive
  }

  /** The app changes its scopes. What its process refuses, for want of room, it asks for again later. */
  async rescope(scopes: readonly string[]): Promise<void> {
    this.scopes = scopes
    this.rescoped = true
    this.#dropOthers()
    const { process } = this
    if (process === null) return
    try {
      await process.layer.setScopes(scopes)
      this.#refusedScopes = null
    } catch (error) {
      if (!isSyncError(error)) throw error
      this.#deps.trace(`${this.name} scopes ${scopes.join(', ')}: ${error.code}`)
      this.#refusedScopes = process
    }
  }

  /** Asks again for the scopes that were refused, if the process that did so still runs. */
  async rescopeAgain(): Promise<void> {
    if (this.process !== null && this.#refusedScopes === this.process) await this.rescope(this.scopes)
  }

  /** Starts the process, where none runs. */
  open(): Promise<void> {
    if (this.#life.alive) return this.#opening ?? Promise.resolve()
    const life: Life = { alive: true }
    this.#life = life
    this.#lives += 1
    this.#dropOthers()
    this.#opening = this.#start(life).finally(() => {
      if (this.#life === life) this.#opening = null
    })
    return this.#opening
  }

  /** Scopes the app does without are forgotten. */
  #dropOthers(): void {
    const { oracle, diskIndex } = this.#deps
    for (const scope of SCOPES) if (!this.scopes.includes(scope)) oracle.feeds.dropped(diskIndex, scope)
  }

  async #start(life: Life): Promise<void> {
    const { trace, setup } = this.#deps
    try {
      const layer = await createTestLayer(
        {
          storage: this.#storage(life),
          adapter: this.#deps.connect(life),
          collections: collectionsAt(this.schema),
          scopes: this.scopes,
          sync: {
            auto: this.auto,
            realtime: setup.realtime,
            batchSize: setup.batchSize,
            timeout: '30s',
            retry: { base: '1s', max: '1m' },
          },
          logger: 'off',
        },
        this.#platform(life),
      )
      if (life.alive) this.process = this.#watch(life, layer)
    } catch (error) {
      trace(`${this.name} could not open: ${String(error)}`)
      life.alive = false
    }
  }

  #watch(life: Life, layer: SyncLayer<Collections>): Process {
    const { counts, trace, disk, shared, oracle } = this.#deps
    const live = new LiveViews(layer, {
      device: this.name,
      life,
      shared,
      rowsOf: (collection) => disk.rowsOf(collection),
      broken: (rule) => oracle.broken(rule),
      onShown: (collection, documents) => this.#shown(collection, documents),
    })
    layer.on('conflict', () => void (counts['conflicts'] += 1))
    layer.on('recovered', () => void (counts['records recovered'] += 1))
    layer.on('mutationParked', () => void (counts['records refused for good'] += 1))
    layer.on('error', ({ error }) => trace(`${this.name} error: ${error.code} ${error.message}`))
    layer.on('syncFailed', ({ error }) => trace(`${this.name} sync failed: ${error.code}`))
    return { life, layer, live, underWay: new Set() }
  }

  #shown(name: CollectionName, documents: readonly Marked[]): void {
    // A note of the newer schema is hidden from the older app.
    if ((name === 'notes' && this.schema === 1) || this.rescoped) return
    this.#deps.oracle.shown(this.name, name, documents, this.scopes)
    if (name === 'pairs') this.#shownPair(documents)
  }

  #shownPair(documents: readonly Marked[]): void {
    const { oracle, disk, diskIndex } = this.#deps
    const isWhole = oracle.feeds.isWhole(disk.memory, 'one')
    oracle.shownPair(this.name, documents, { disk: diskIndex, isWhole, held: heldTokens(disk) })
  }

  #platform(life: Life) {
    const { time, seed, index, elects } = this.#deps
    return {
      ...testDeps({ time }),
      elects,
      clock: { now: () => time.clock.now() + this.clockMs },
      random: seededRandom(seed * 64 + index * 1_000_003 + this.#lives),
      scheduler: {
        after: (delayMs: number, task: () => void) =>
          time.scheduler.after(delayMs, () => {
            if (life.alive) task()
          }),
      },
      connectivity: {
        online: this.connectivity.online,
        subscribe: (listener: (event: 'online' | 'offline' | 'visible') => void) =>
          this.connectivity.subscribe((event) => {
            if (life.alive) listener(event)
          }),
      },
    }
  }

  #storage(life: Life) {
    const { disk, shared, counts } = this.#deps
    return mortalStorage(disk.memory, {
      life,
      shared,
      isFull: () => disk.full,
      diesAt: (at) => this.#strikes(at),
      die: (at) => this.#die(at),
      onFull: () => void (counts['disks full'] += 1),
      onForeign: () => void (counts['changes by another process on the store'] += 1),
      onCommit: (batch) => this.#committing(batch),
    })
  }

  #committing(batch: WriteBatch): () => void {
    const { disk, diskIndex, oracle } = this.#deps
    for (const { collection, id } of [...(batch.records ?? []), ...(batch.removals ?? [])])
      oracle.replacing(this.name, `${collection}/${id}`, disk.row(collection, id)?.document ?? null)
    return oracle.feeds.committing(this.name, diskIndex, disk.memory, batch)
  }

  /** The process is to die there, and to start again so much later. */
  crashAt(point: CrashPoint, downMs: number): void {
    this.#crash = { point, left: point.nth, downMs }
    if (point.at === 'now') this.#die('now')
  }

  /** Nothing will happen any more. */
  calm(): void {
    this.#crash = null
  }

  /** The process is gone at once: nothing it had not committed remains, and no answer reaches it. */
  kill(): void {
    this.#life.alive = false
    this.process = null
    this.#deps.oracle.processEnded(this.name)
  }

  /** The app closes in good order. */
  async close(): Promise<void> {
    const { process } = this
    if (process === null) return
    this.process = null
    await process.layer.close()
    process.life.alive = false
    this.#deps.oracle.processEnded(this.name)
  }

  #strikes(at: CrashPoint['at']): boolean {
    if (this.#crash?.point.at !== at) return false
    this.#crash.left -= 1
    return this.#crash.left <= 0
  }

  #die(at: CrashPoint['at']): void {
    const downMs = this.#crash?.downMs ?? 0
    this.#crash = null
    if (!this.#life.alive) return
    this.kill()
    this.#deps.counts[CRASH_COUNTS[at]] += 1
    this.#deps.trace(`${this.name} crashes: ${at}`)
    this.#deps.time.scheduler.after(downMs, () => void this.open())
  }
}

/** The tokens in changes that a store holds until the mutations of their records are answered. */
function heldTokens(disk: Disk): readonly string[] {
  return PAIR.flatMap((id) => {
    const { held } = JSON.parse(disk.row('pairs', id)?.sync ?? '{}') as { readonly held?: { data?: Marked } }
    return tokensOf(held?.data)
  })
}
