/** An app in a tab: its store in IndexedDB, its data on the reference server. */
import { expose } from '@synclayer/browser-lab/page'
import { restAdapter } from '@synclayer/adapter-rest'
import { collection, createSyncLayer, type SyncLayer } from '@synclayer/core'
import { dexieStorage } from '@synclayer/storage-dexie'

// Types and no interfaces: only types count as records of their members.
export type Note = { readonly id: string; readonly text: string }
export type Counter = {
  readonly id: string
  readonly n: number
  readonly by: Readonly<Record<string, number>>
}

const COLLECTIONS = {
  notes: collection<Note>(),
  counters: collection<Counter>({ fields: { n: 'counter' } }),
}

export interface TabPage {
  /** Opens the store of that name and begins to sync with the server. */
  readonly open: (store: string, url: string) => Promise<void>
  readonly save: (id: string, text?: string) => Promise<void>
  /** Saves so many at once, named `<prefix>-<n>`. */
  readonly saveMany: (prefix: string, many: number) => Promise<void>
  /** Counts up the shared counter, one by one. */
  readonly add: (by: string, times: number) => Promise<void>
  readonly seen: () => Seen
  readonly close: () => Promise<void>
}

/** What a tab shows and was told. */
export interface Seen {
  /** By a live query over all notes. */
  readonly notes: readonly string[]
  /** By a live query over the counter. */
  readonly counter: Counter | null
  /** What this tab has brought to the server. */
  readonly synced: readonly string[]
  /** It listens to the server. */
  readonly isConnected: boolean
  readonly phase: string
  readonly pending: number
  readonly hasSynced: boolean
  /** Seconds that this tab has waited for, by its own timers. */
  readonly ticks: number
  /** The tick in which it last began to sync by itself. */
  readonly beganAt: number | null
  readonly errors: readonly string[]
}

const synced: string[] = []
const errors: string[] = []
let db: SyncLayer<typeof COLLECTIONS>
let notes: readonly Note[] = []
let counter: Counter | undefined
let isConnected = false
let ticks = 0
let beganAt: number | null = null
setInterval(() => (ticks += 1), 1_000)

expose<TabPage>({
  async open(store, url) {
    db = await createSyncLayer({
      storage: dexieStorage({ name: store }),
      adapter: restAdapter({ url }),
      collections: COLLECTIONS,
      sync: { retry: { base: '100ms', max: '1s' } },
      logger: 'off',
    })
    db.on('mutationSynced', ({ id }) => void synced.push(id))
    db.on('syncStarted', () => void (beganAt = ticks))
    db.on('realtimeConnected', () => void (isConnected = true))
    db.on('realtimeDisconnected', () => void (isConnected = false))
    db.on('error', ({ error }) => void errors.push(`${error.code} ${error.message}`))
    db.collection('notes')
      .watch()
      .subscribe((all) => void (notes = all))
    db.collection('counters')
      .watch('shared')
      .subscribe((one) => void (counter = one))
  },
  async save(id, text = '') {
    await db.collection('notes').save({ id, text })
  },
  async saveMany(prefix, many) {
    await db
      .collection('notes')
      .saveAll(Array.from({ length: many }, (_, n) => ({ id: `${prefix}-${n}`, text: '' })))
  },
  async add(by, times) {
    for (let n = 0; n < times; n++) {
      await db.transaction(async (tx) => {
        const before = (await tx.counters.get('shared')) ?? { id: 'shared', n: 0, by: {} }
        const mine = (before.by[by] ?? 0) + 1
        await tx.counters.save({ ...before, n: before.n + 1, by: { ...before.by, [by]: mine } })
      })
    }
  },
  seen: () => ({
    notes: notes.map(({ id }) => id).sort(),
    counter: counter ?? null,
    synced: [...synced],
    isConnected,
    phase: db.status.phase,
    pending: db.status.pending,
    hasSynced: db.status.lastSyncAt !== null,
    ticks,
    beganAt,
    errors: [...errors],
  }),
  close: () => db.close(),
})
