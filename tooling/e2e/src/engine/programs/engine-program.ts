/** What the programs and tests of the engine share: the collections, a client over two SQLite files, lines, and dice. */
import { writeSync } from 'node:fs'
import { restAdapter } from '@synclayer/adapter-rest'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import {
  type BackendAdapter,
  collection,
  type CollectionDefinition,
  createSyncLayer,
  type SyncLayer,
  type SyncLayerOptions,
  type SyncOptions,
} from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'

export interface Note {
  readonly id: string
  readonly text: string
  readonly n: number
}

/** `n` is added up; `by` says what each client has added, in fields that no other client writes. */
export interface Counter {
  readonly id: string
  readonly n: number
  readonly by: Readonly<Record<string, number>>
  readonly last: string
}

/** The balances of all accounts together never change; `by` says how often each client has moved something here. */
export interface Account {
  readonly id: string
  readonly balance: number
  readonly moves: number
  readonly by: Readonly<Record<string, number>>
}

// A type and no interface: only types count as records of their members.
export type EngineCollections = {
  readonly notes: CollectionDefinition<Note>
  readonly counters: CollectionDefinition<Counter>
  readonly accounts: CollectionDefinition<Account>
}

export const COLLECTIONS: EngineCollections = {
  notes: collection<Note>(),
  counters: collection<Counter>({ fields: { n: 'counter' } }),
  accounts: collection<Account>({ fields: { balance: 'counter', moves: 'counter' } }),
}

export type EngineClient = SyncLayer<EngineCollections>

export interface ClientFiles {
  /** The file of the local store; in memory where left out. */
  readonly store?: string
  /** The file of the backend, the URL of a server, or an adapter. */
  readonly backend: string | BackendAdapter
  readonly sync?: SyncOptions
  readonly options?: Omit<SyncLayerOptions<EngineCollections>, 'storage' | 'adapter' | 'collections' | 'sync'>
}

/** What is to be found out here is found sooner when nobody waits long. */
const QUICK: SyncOptions = { retry: { base: '10ms', max: '200ms' } }

/** Networks leave requests unanswered. */
const IMPATIENT: SyncOptions = { ...QUICK, timeout: '2s' }

/**
 * The adapter of the tests, for a file or a server's URL: others' writes are noticed soon, and nobody gives up while others
 * write.
 */
export function backendAt(place: string): BackendAdapter {
  if (isUrl(place)) return restAdapter({ url: place })
  return sqliteAdapter({ path: place, durability: 'process', pollIntervalMs: 10, busyTimeoutMs: 30_000 })
}

function isUrl(backend: string | BackendAdapter): boolean {
  return typeof backend === 'string' && backend.startsWith('http://')
}

/** Opens a client on its store and the backend. */
export function openClient({ store, backend, sync, options }: ClientFiles): Promise<EngineClient> {
  return createSyncLayer({
    ...(store === undefined ? {} : { storage: sqliteStorage({ path: store }) }),
    adapter: typeof backend === 'string' ? backendAt(backend) : backend,
    collections: COLLECTIONS,
    sync: { ...(isUrl(backend) ? IMPATIENT : QUICK), ...sync },
    logger: 'off',
    ...options,
  })
}

/** Says a line, which has reached the pipe when this returns: a process that is killed then has said it. */
export function say(line: string): void {
  writeSync(1, `${line}\n`)
}

/** The arguments of a program, all of which must be there. */
export function programArguments(...names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const value = process.argv[index + 2]
    if (value === undefined) throw new Error(`The argument "${name}" is missing.`)
    return value
  })
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
