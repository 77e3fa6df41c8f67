/**
 * One client, made of the real code, over a store that outlives it. Each request and each answer is held at a gate until
 * the explorer lets it go on, and before each commit the explorer is asked whether the process dies there.
 */
import { collection, type SyncLayer } from '@synclayer/core'
import { SyncError, type BackendAdapter, type PushRequest, type PushResponse } from '@synclayer/core/adapter'
import type { Storage } from '@synclayer/core/storage'
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
  /** Carries the request out although its client no longer waits for it. */
  arrive(): Promise<unknown>
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

interface Life {
  alive: boolean
}

export class Device {
  readonly name: string
  readonly #index: number
  readonly #world: Surroundings
  readonly #memory: MemoryStore = createMemoryStore()
  #life: Life = { alive: false }
  #lives = 0
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
  }

  get alive(): boolean {
    return this.#life.alive
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
        random: seededRandom(1_000 * (this.#index + 1) + this.#lives),
        scheduler: { after: (delay, task) => time.scheduler.after(delay, () => void (life.alive && task())) },
      },
    ).then((layer) => (this.#layer = layer))
    await time.settle()
    if (life.alive) await opening
  }

  /** The process is killed: nothing it had not committed remains, and no answer reaches it. */
  kill(): void {
    this.#life.alive = false
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
    const life = this.#life
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

  close(): Promise<void> {
    return this.#layer.close()
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
    const inner = this.#world.backend.adapter()
    const push: BackendAdapter['push'] = async (request, signal) => {
      const response = await inner.push(request, signal)
      this.#world.pushed(this, request, response)
      return response
    }
    const through = async <T>(
      call: Gate['call'],
      carryOut: (signal: AbortSignal) => Promise<T>,
      signal: AbortSignal,
    ) => {
      const arrive = (): Promise<unknown> => carryOut(new AbortController().signal)
      await this.#hold(life, 'request', call, arrive)
      const answer = await carryOut(signal)
      await this.#hold(life, 'answer', call, arrive)
      return answer
    }
    return {
      ...inner,
      push: (request, signal) => through('push', (signal) => push(request, signal), signal),
      pull: (request, signal) => through('pull', (signal) => inner.pull(request, signal), signal),
      fetch: (request, signal) => through('fetch', (signal) => inner.fetch(request, signal), signal),
    }
  }

  #hold(life: Life, at: Gate['at'], call: Gate['call'], arrive: () => Promise<unknown>): Promise<void> {
    if (!life.alive) return never()
    if (this.#world.calm()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const open = (then: () => void) => () => {
        this.gate = null
        then()
      }
      this.gate = {
        at,
        call,
        go: open(resolve),
        lose: open(() => reject(new SyncError('NETWORK', `The ${at} of a ${call} was lost.`))),
        arrive,
      }
    })
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
