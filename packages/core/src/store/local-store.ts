/**
 * The local store: every change of the client's data goes through here, one commit at a time.
 *
 * Operations submitted in one tick share a commit. Each is a pure function over the rows it names; if another process
 * changed one of them meanwhile, the rows are read again and the operations run again. So a read-modify-write is never
 * lost (D9), whoever else writes.
 */
import { SyncError, toSyncError } from '../errors/sync-error.ts'
import type { RecordState } from '../outbox/record-state.ts'
import type { RecordKey, RecordWrite, Storage, StoredEntry, WriteBatch } from '../ports/storage.ts'
import type { CollectionSpec } from './collection-spec.ts'
import { decodeRow, encodeState } from './record-codec.ts'
import { MissingSlot, type RecordChange, slotName, Workspace } from './workspace.ts'

/** Who made a commit: the app, the backend's answers and changes, or the engine's own housekeeping. */
export type Origin = 'local' | 'remote' | 'internal'

export interface Operation<T> {
  readonly origin: Origin
  /** The records it will look at. What else it turns out to need is read then, and it runs again. */
  readonly keys: readonly RecordKey[]
  /** The entries it will look at. */
  readonly entries?: readonly string[]
  /** Its commit must survive power loss before it resolves. */
  readonly flush?: boolean
  /** May run several times; must have no effect but on the workspace. What it throws rejects it, and it alone. */
  run(workspace: Workspace): T
}

/** What one commit changed, told once it is durable. */
export interface Commit {
  readonly changes: readonly (RecordChange & { readonly origin: Origin })[]
}

interface Pending {
  readonly operation: Operation<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** More operations than these go into the next commit, so that memory stays flat. */
const MAX_KEYS_PER_COMMIT = 20_000

const NO_NAMES: readonly string[] = []

/** Commits that were stale so often in a row meet a store that others write to without pause. */
const MAX_STALE = 1_000

export class LocalStore {
  readonly #storage: Storage
  readonly #specs: ReadonlyMap<string, CollectionSpec>
  readonly #onCommit: (commit: Commit) => void
  #queue: Pending[] = []
  #tail: Promise<void> = Promise.resolve()
  #busy = 0
  #closed = false

  constructor(
    storage: Storage,
    specs: ReadonlyMap<string, CollectionSpec>,
    onCommit: (commit: Commit) => void,
  ) {
    this.#storage = storage
    this.#specs = specs
    this.#onCommit = onCommit
  }

  /** The storage, for reads that need no lane. */
  get storage(): Storage {
    return this.#storage
  }

  /** Runs the operation in the next commit. Resolves with its result once that is durable. */
  submit<T>(operation: Operation<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ operation, resolve: resolve as (value: unknown) => void, reject })
      if (this.#queue.length === 1) void this.#inLane(() => this.#flush())
    })
  }

  /** Runs `task` when all that was submitted is committed, with nothing committed meanwhile. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    return this.#inLane(task)
  }

  /** Resolves once all that was submitted before is committed: a read after it sees those writes (D8). */
  settled(): Promise<void> | undefined {
    return this.#busy === 0 ? undefined : this.#tail
  }

  async read(key: RecordKey): Promise<RecordState | null> {
    const [row] = await this.#storage.read([key])
    return row === undefined || 'damaged' in row ? null : decodeRow(row)
  }

  async entry(name: string): Promise<StoredEntry | undefined> {
    const [entry] = await this.#storage.readEntries([name])
    return entry
  }

  /** Finishes what was submitted, then refuses everything. Does not close the storage. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#tail
  }

  #inLane<T>(task: () => Promise<T>): Promise<T> {
    this.#busy += 1
    const result = this.#tail.then(task)
    this.#tail = result.then(
      () => this.#leave(),
      () => this.#leave(),
    )
    return result
  }

  #leave(): void {
    this.#busy -= 1
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#take()
      try {
        await this.#commit(batch)
      } catch (error) {
        await this.#apart(batch, error)
      }
    }
  }

  #take(): readonly Pending[] {
    let keys = 0
    let count = 0
    for (const { operation } of this.#queue) {
      if (count > 0 && keys + operation.keys.length > MAX_KEYS_PER_COMMIT) break
      keys += operation.keys.length
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  /** A commit that failed with several operations is tried with each alone, so that a bad one fails alone (D6). */
  async #apart(batch: readonly Pending[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      batch[0]!.reject(asStorageError(error))
      return
    }
    for (const pending of batch) {
      try {
        await this.#commit([pending])
      } catch (alone) {
        pending.reject(asStorageError(alone))
      }
    }
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const needed = gather(batch)
    for (let attempt = 0; attempt < MAX_STALE; attempt += 1) {
      const workspace = await this.#load(needed)
      const settled = runAll(batch, workspace)
      if ('missing' in settled) {
        needed.add(settled.missing)
        continue
      }
      const changes = workspace.changes()
      const entries = workspace.entryChanges()
      const flush = batch.some(({ operation }) => operation.flush === true)
      if (changes.length > 0 || entries.length > 0 || flush) {
        const rows = this.#rowsOf(changes)
        const result = await this.#storage.commit({ ...rows, entries, flush }, workspace.preconditions())
        if (result.status === 'stale') continue
      }
      if (changes.length > 0) this.#onCommit({ changes: withOrigins(changes, batch, settled.origins) })
      settled.resolve()
      return
    }
    throw new SyncError(
      'STORAGE_FAILED',
      'The store is being changed by others too fast to commit. Try again.',
      {
        retryable: true,
      },
    )
  }

  #rowsOf(changes: readonly RecordChange[]): Required<Pick<WriteBatch, 'records' | 'removals'>> {
    const records: RecordWrite[] = []
    const removals: RecordKey[] = []
    for (const { key, after } of changes) {
      if (after === null) removals.push(key)
      else records.push(encodeState(after, this.#specs.get(key.collection)))
    }
    return { records, removals }
  }

  async #load(needed: Needed): Promise<Workspace> {
    const workspace = new Workspace()
    const keys = needed.keys()
    const rows = keys.length === 0 ? [] : await this.#storage.read(keys)
    for (const [index, key] of keys.entries()) workspace.addRecord(key, rows[index])
    const names = needed.entries()
    if (names.length > 0) {
      const entries = await this.#storage.readEntries(names)
      for (const [index, name] of names.entries()) workspace.addEntry(name, entries[index])
    }
    return workspace
  }
}

function withOrigins(
  changes: readonly RecordChange[],
  batch: readonly Pending[],
  origins: ReadonlyMap<string, Origin>,
): Commit['changes'] {
  const [only] = batch
  return changes.map(({ key, before, after }) => {
    const origin = batch.length === 1 ? only!.operation.origin : (origins.get(slotName(key)) ?? 'internal')
    return { key, before, after, origin }
  })
}

/** What the operations of one commit need to have read. */
interface Needed {
  keys(): readonly RecordKey[]
  entries(): readonly string[]
  add(missing: MissingSlot): void
}

function gather(batch: readonly Pending[]): Needed {
  const [only] = batch
  // What most commits are: one operation on one record.
  const simple =
    batch.length === 1 && only!.operation.keys.length === 1 && only!.operation.entries === undefined
  return simple ? gatherOne(only!) : gatherAll(batch)
}

function gatherAll(batch: readonly Pending[]): Needed {
  const keys = new Map<string, RecordKey>()
  const entries = new Set<string>()
  for (const { operation } of batch) {
    for (const key of operation.keys) keys.set(slotName(key), key)
    for (const name of operation.entries ?? []) entries.add(name)
  }
  return {
    keys: () => [...keys.values()],
    entries: () => [...entries],
    add({ key, entry }) {
      if (key !== undefined) keys.set(slotName(key), key)
      if (entry !== undefined) entries.add(entry)
    },
  }
}

function gatherOne(pending: Pending): Needed {
  let all: Needed | null = null
  return {
    keys: () => all?.keys() ?? pending.operation.keys,
    entries: () => all?.entries() ?? NO_NAMES,
    add(missing) {
      all ??= gatherAll([pending])
      all.add(missing)
    },
  }
}

/** Runs each operation on what those before it left; one that throws is undone and will be rejected. */
function runAll(
  batch: readonly Pending[],
  workspace: Workspace,
): { readonly origins: ReadonlyMap<string, Origin>; resolve(): void } | { readonly missing: MissingSlot } {
  const origins = new Map<string, Origin>()
  const outcomes: (() => void)[] = []
  for (const { operation, resolve, reject } of batch) {
    workspace.begin()
    try {
      const value = operation.run(workspace)
      for (const key of workspace.touched()) origins.set(key, operation.origin)
      outcomes.push(() => resolve(value))
    } catch (error) {
      if (error instanceof MissingSlot) return { missing: error }
      workspace.rollback()
      outcomes.push(() => reject(error))
    }
  }
  return {
    origins,
    resolve: () => {
      for (const outcome of outcomes) outcome()
    },
  }
}

/** What no storage may throw, told as what it is: nothing was written. */
function asStorageError(error: unknown): SyncError {
  return toSyncError(error, 'STORAGE_FAILED', 'The store could not commit; nothing was written')
}

function closedError(): SyncError {
  return new SyncError('CLOSED', 'This client is closed. Create a new one with createSyncLayer.')
}
