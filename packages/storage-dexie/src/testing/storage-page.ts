/** Offers one `dexieStorage` to a test, and the database behind it as any program could reach it. */
import { expose } from '@synclayer/browser-lab/page'
import type {
  CommitResult,
  Precondition,
  RecordWrite,
  Storage,
  StorageSchema,
  StoredRecord,
} from '@synclayer/core/storage'
import type { StoredCatalog } from '../catalog.ts'
import { type DexieStorageOptions, dexieStorage, storagePersistence } from '../index.ts'

/** A row as a test sends it: keys are plain numbers. */
export type SentRow = Omit<RecordWrite, 'keys'> & { readonly keys: readonly (readonly number[])[] }

export interface SentBatch {
  readonly records?: readonly SentRow[]
  readonly removals?: readonly { readonly collection: string; readonly id: string }[]
  readonly entries?: readonly { readonly name: string; readonly value: string | null }[]
  readonly flush?: boolean
}

export interface StoragePage {
  readonly open: (options: DexieStorageOptions, schema?: Partial<StorageSchema>) => Promise<void>
  readonly close: () => Promise<void>
  readonly commit: (batch: SentBatch, expect?: readonly Precondition[]) => Promise<CommitResult>
  readonly read: (ids: readonly string[], collection?: string) => ReturnType<Storage['read']>
  readonly readEntries: Storage['readEntries']
  readonly query: (index: string | null, reverse?: boolean) => Promise<readonly string[]>
  readonly count: (index: string | null) => Promise<number>
  readonly scan: (limit?: number) => ReturnType<Storage['scan']>
  readonly outbox: Storage['outbox']
  readonly outboxSize: Storage['outboxSize']
  readonly clear: () => Promise<void>
  /** The ids of foreign commits that were told; null for one without keys. */
  readonly heard: () => readonly (readonly string[] | null)[]
  /** Adds one to the number in the row's `sync`, so many times; answers how often others came before. */
  readonly increment: (id: string, times: number) => Promise<number>
  readonly persistence: typeof storagePersistence
  /** Commits groups of rows, `<n>-0` to `<n>-<size - 1>`, and tells each that is resolved by `globalThis.told(n)`. */
  readonly commitGroups: (size: number) => Promise<never>
  /** Opens a database by itself. It is held against upgrades of others until `release`. */
  readonly hold: (database: string, version: number) => Promise<void>
  readonly release: () => void
  /** Upgrades the database to a version and lets go of it again; `isAborted` breaks the upgrade off. */
  readonly upgrade: (database: string, version: number, isAborted: boolean) => Promise<void>
  /** The row or the entry of a key as it is stored. */
  readonly rawGet: (store: string, key: string) => Promise<unknown>
  readonly rawAll: (store: string) => Promise<readonly unknown[]>
  /** Writes over fields of what is stored under a key. */
  readonly rawChange: (store: string, key: string, fields: Readonly<Record<string, unknown>>) => Promise<void>
  /** Makes the catalog what it was before collections had versions. */
  readonly rawForgetVersions: () => Promise<void>
}

const SCHEMA: StorageSchema = { collections: [{ name: 'notes', indexes: ['size'] }], durability: 'process' }

let storage: Storage
let database: string
let held: IDBDatabase
const heard: (readonly string[] | null)[] = []

expose<StoragePage>({
  async open(options, schema = {}) {
    storage = dexieStorage(options)
    database = `synclayer:${options.name}`
    await storage.open({ ...SCHEMA, ...schema })
    storage.changes?.(({ records }) => heard.push(records?.map(({ id }) => id) ?? null))
  },
  close: () => storage.close(),
  commit: (batch, expect) => commit(batch, expect),
  read: (ids, collection = 'notes') => storage.read(ids.map((id) => ({ collection, id }))),
  readEntries: (names) => storage.readEntries(names),
  async query(index, reverse = false) {
    const { rows } = await storage.query({ collection: 'notes', index, reverse, limit: 100 })
    return rows.map(({ id }) => id)
  },
  count: (index) => storage.count({ collection: 'notes', index }),
  scan: (limit = 1_000) => storage.scan({ collection: 'notes', after: null, limit }),
  outbox: (request) => storage.outbox(request),
  outboxSize: (scope) => storage.outboxSize(scope),
  clear: () => storage.clear(),
  heard: () => heard,
  async increment(id, times) {
    let stale = 0
    for (let done = 0; done < times;) {
      const [found] = (await storage.read([{ collection: 'notes', id }])) as readonly StoredRecord[]
      const { revision, sync, ...rest } = found!
      const next = { ...rest, sync: String(Number(sync) + 1), keys: [[1]] }
      const { status } = await commit({ records: [next] }, [{ collection: 'notes', id, revision }])
      if (status === 'committed') done += 1
      else stale += 1
    }
    return stale
  },
  persistence: storagePersistence,
  async commitGroups(size) {
    const { told } = globalThis as unknown as { told(n: number): Promise<void> }
    for (let n = 0; ; n++) {
      const ids = Array.from({ length: size }, (_, at) => `${n}-${at}`)
      await commit({
        records: ids.map((id) => sentRow(id, n)),
        entries: [{ name: 'count', value: String(n + 1) }],
      })
      void told(n)
    }
  },
  async hold(name, version) {
    held = await openRaw(name, version)
  },
  release: () => held.close(),
  async upgrade(name, version, isAborted) {
    const opened = await openRaw(name, version, isAborted).catch(() => null)
    opened?.close()
  },
  rawGet: (store, key) => withStore(store, 'readonly', (each) => each.get(key)),
  rawAll: (store) => withStore(store, 'readonly', (each) => each.getAll()),
  async rawChange(store, key, fields) {
    const before = await withStore<object>(store, 'readonly', (each) => each.get(key) as IDBRequest<object>)
    await withStore(store, 'readwrite', (each) => each.put({ ...before, ...fields }))
  },
  async rawForgetVersions() {
    const catalog = await withStore(
      'meta',
      'readonly',
      (each) => each.get('catalog') as IDBRequest<StoredCatalog>,
    )
    const { generation, nextNumber, collections } = catalog
    await withStore('meta', 'readwrite', (each) =>
      each.put({ generation, nextNumber, collections }, 'catalog'),
    )
    await withStore('meta', 'readwrite', (each) => each.delete('generation'))
  },
})

function commit(
  { records = [], ...rest }: SentBatch,
  expect?: readonly Precondition[],
): Promise<CommitResult> {
  const withBytes = records.map((record) => ({
    ...record,
    keys: record.keys.map((key) => Uint8Array.from(key)),
  }))
  return storage.commit({ ...rest, records: withBytes }, expect)
}

function sentRow(id: string, n: number): SentRow {
  const document = JSON.stringify({ id, text: 'x'.repeat(200) })
  const fields = { collection: 'notes', id, scope: 'default', document, base: null, sync: '{}' }
  return { ...fields, lane: 'waiting', order: n + 1, keys: [[n & 255]] }
}

function openRaw(name: string, version?: number, isAborted = false): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version)
  return new Promise((resolve, reject) => {
    request.addEventListener('upgradeneeded', () => {
      if (isAborted) request.transaction!.abort()
    })
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error!))
  })
}

async function withStore<T>(
  store: string,
  mode: IDBTransactionMode,
  body: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opened = await openRaw(database)
  const request = body(opened.transaction(store, mode).objectStore(store))
  try {
    return await new Promise<T>((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error!))
    })
  } finally {
    opened.close()
  }
}
