/**
 * One client, made of the real code, over a store that outlives it. Each request and each answer is held at a gate until
 * the explorer lets it go on, and before each commit the explorer is asked whether the process dies there.
 */
import { collection, type SyncLayer } from '@synclayer/core'
import { SyncError, type BackendAdapter, type PushRequest, type PushResponse } from '@synclayer/core/adapter'
import type { RecordRow, Storage } from '@synclayer/core/storage'
import {
  createMemoryStore,
  createTestLayer,
  type MemoryStore,
  type ModelBackend,
  openMemoryStorage,
  seededRandom,
  testDeps,
  type VirtualTime,
} from '@synclayer/core/testing'

/** The record everything is about. Each edit also sets a field of its own, `t<number>`, by which it is known. */
export type Item = { readonly id: string; readonly [field: string]: unknown }

export const RECORD = 'a'

/** A request on its way out, or an answer on its way in. */
export interface Gate {
  readonly at: 'request' | 'answer'
  readonly call: 'push' | 'pull' | 'fetch'
  go(): void
  /** The client hears of a network failure. */
  lose(): void
  /** What a push asks for; null for what changes nothing. */
  readonly push: PushRequest | null
}

/** What a device has when no process of it is needed any more: it can be put up again from that alone. */
export interface DeviceState {
  readonly records: readonly RecordRow[]
  readonly entries: readonly (readonly [name: string, value: string])[]
  readonly dirty: boolean
  /** How many processes it has had, and what they drew at random to be known by. */
  readonly lives: number
  readonly names: readonly string[]
}

export interface Surroundings {
  readonly time: VirtualTime
  readonly backend: ModelBackend
  /** Nothing is held and nobody asked: setting up and healing. */
  readonly calm: () => boolean
  readonly atCommit: (device: Device) => 'commit' | 'crash before' | 'crash after'
  readonly pushed: (device: Device, request: PushRequest, response: PushResponse) => void
}

const items = { items: collection({ fields: { n: 'counter' } }) } as const

/** The name of that collection. */
const ITEMS = 'items'

interface Life {
  alive: boolean
}

export class Device {
  readonly name: string
  readonly #index: number
  readonly #world: Surroundings
  readonly #memory: MemoryStore = createMemoryStore()
  readonly #backend: BackendAdapter
  /** Null until its first process. */
  #life: Life | null = null
  #lives = 0
  readonly #names: string[] = []
  #layer!: SyncLayer<typeof items>
  gate: Gate | null = null
  /** How the sync under way, or the last one, ended. */
  sync: 'none' | 'running' | 'done' | SyncError = 'none'
  /** Something of here has not been sent, or something there not been pulled. */
  dirty = false
  /** Commits that took place. */
  commits = 0

  constructor(name: string, index: number, world: Surroundings) {
    this.name = name
    this.#index = index
    this.#world = world
    this.#backend = world.backend.adapter()
  }

  /** False where its process was killed, and no other was started since. */
  get alive(): boolean {
    return this.#life?.alive !== false
  }

  /** A process runs. */
  get isOpen(): boolean {
    return this.#life?.alive === true
  }

  /** What is to outlive the process. */
  state(): DeviceState {
    const rows = [...(this.#memory.collections.get(ITEMS)?.rows.values() ?? [])]
    return {
      records: rows.map(({ record }) => {
        const { revision: _revision, ...row } = record
        return row
      }),
      entries: [...this.#memory.entries]
        .map(([name, { value }]) => [name, value] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      dirty: this.dirty,
      lives: this.#lives,
      names: this.#names,
    }
  }

  /** Has what that device had. A process is started when one is needed. */
  async restore({ records, entries, dirty, lives, names }: DeviceState): Promise<void> {
    const storage = openMemoryStorage(this.#memory)
    await storage.open({ collections: [{ name: ITEMS, indexes: [] }], durability: 'process' })
    await storage.commit({
      records: records.map((row) => ({ ...row, keys: [] })),
      entries: entries.map(([name, value]) => ({ name, value })),
    })
    await storage.close()
    this.dirty = dirty
    this.#lives = lives
    this.#names.push(...names)
  }

  /** A process starts, where none runs. */
  async wake(): Promise<void> {
    if (this.#life === null) await this.open()
  }

  /** The process starts. */
  async open(): Promise<void> {
    const life: Life = { alive: true }
    this.#life = life
    this.#lives += 1
    const { time } = this.#world
    const deps = testDeps({ time })
    const opening = createTestLayer(
      {
        storage: this.#mortalStorage(life),
        adapter: this.#gatedAdapter(life),
        collections: items,
        sync: { auto: false, realtime: false, timeout: '1h' },
        logger: 'off',
      },
      {
        ...deps,
        random: this.#random(),
        scheduler: { after: (delay, task) => time.scheduler.after(delay, () => void (life.alive && task())) },
      },
    ).then((layer) => (this.#layer = layer))
    await time.settle()
    if (life.alive) await opening
  }

  /** The process is killed: nothing it had not committed remains, and no answer reaches it. */
  kill(): void {
    if (this.#life !== null) this.#life.alive = false
    this.gate = null
    this.sync = 'none'
  }

  read(): Promise<Item | undefined> {
    return this.#layer.collection('items').get(RECORD) as Promise<Item | undefined>
  }

  /** Changes the record, which is created where it is absent. Never settles where the process dies. */
  async edit(change: (item: Record<string, unknown>) => void): Promise<void> {
    const todos = this.#layer.collection('items')
    if ((await todos.get(RECORD)) !== undefined) return todos.update(RECORD, (item) => change(item))
    const created = { id: RECORD }
    change(created)
    await todos.save(created)
  }

  delete(): Promise<void> {
    return this.#layer.collection('items').delete(RECORD)
  }

  startSync(): void {
    this.sync = 'running'
    const life = this.#life!
    const ended = (how: 'done' | SyncError): void => {
      if (life.alive) this.sync = how
    }
    this.#layer.sync().then(
      () => ended('done'),
      (error: unknown) => ended(error as SyncError),
    )
  }

  /** What waits, is in flight or is parked. */
  unsent(): number {
    const { pending, parked } = this.#layer.status
    return pending + parked
  }

  /** A push arrives, whether its client still waits for it or not. */
  async deliver(request: PushRequest, signal = new AbortController().signal): Promise<PushResponse> {
    const response = await this.#backend.push(request, signal)
    this.#world.pushed(this, request, response)
    return response
  }

  /** Of each process another. What it draws is noted: names that must differ, and mean nothing else. */
  #random(): ReturnType<typeof seededRandom> {
    const { next, bytes } = seededRandom(1_000 * (this.#index + 1) + this.#lives)
    return {
      next,
      bytes: (length) => {
        const drawn = bytes(length)
        this.#names.push(Buffer.from(drawn).toString('hex'))
        return drawn
      },
    }
  }

  #mortalStorage(life: Life): Storage {
    const inner = openMemoryStorage(this.#memory)
    return {
      ...inner,
      commit: async (batch, expect) => {
        if (!life.alive) return never()
        const fate = this.#world.calm() ? 'commit' : this.#world.atCommit(this)
        if (fate === 'crash before') return this.#die()
        const result = await inner.commit(batch, expect)
        this.commits += 1
        return fate === 'crash after' ? this.#die() : result
      },
    }
  }

  #die(): Promise<never> {
    this.kill()
    return never()
  }

  #gatedAdapter(life: Life): BackendAdapter {
    const inner = this.#backend
    const through = async <T>(
      call: Gate['call'],
      push: PushRequest | null,
      carryOut: () => Promise<T>,
    ): Promise<T> => {
      await this.#hold(life, { at: 'request', call, push })
      const answer = await carryOut()
      await this.#hold(life, { at: 'answer', call, push })
      return answer
    }
    return {
      ...inner,
      push: (request, signal) => through('push', request, () => this.deliver(request, signal)),
      pull: (request, signal) => through('pull', null, () => inner.pull(request, signal)),
      fetch: (request, signal) => through('fetch', null, () => inner.fetch(request, signal)),
    }
  }

  #hold(life: Life, held: Pick<Gate, 'at' | 'call' | 'push'>): Promise<void> {
    if (!life.alive) return never()
    if (this.#world.calm()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const open = (then: () => void) => () => {
        this.gate = null
        then()
      }
      const { at, call } = held
      this.gate = {
        ...held,
        go: open(resolve),
        lose: open(() => reject(new SyncError('NETWORK', `The ${at} of a ${call} was lost.`))),
      }
    })
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
