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
import { readEntries } from './read-entries.ts'
import { MissingSlot, type Origin, type RecordChange, slotName, Workspace } from './workspace.ts'

export interface Operation<T> {
  readonly origin: Origin
  /** The records it will look at. What else it turns out to need is read then, and it runs again. */
  readonly keys: readonly RecordKey[]
  /** The keys are of new records, with ids just made: they are not read, and read only if one is there after all. */
  readonly fresh?: boolean
  /** The entries it will look at. */
  readonly entries?: readonly string[]
  /** Its commit must survive power loss before it resolves. */
  readonly flush?: boolean
  /** May run several times; must have no effect but on the workspace. What it throws rejects it, and it alone. */
  run(workspace: Workspace): T
}

/** What one commit changed, told once it is durable. */
export interface Commit {
  readonly changes: readonly RecordChange[]
}

interface Pending {
  readonly operation: Operation<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** More operations than these go into the next commit, so that memory stays flat. */
const MAX_KEYS_PER_COMMIT = 20_000

/** Commits that were stale so often in a row meet a store that others write to without pause. */
const MAX_STALE = 1_000

export class LocalStore {
  readonly #storage: Storage
  readonly #specs: ReadonlyMap<string, CollectionSpec>
  readonly #onCommit: (commit: Commit) => void
  /** Told of an entry that cannot be read, and counts as absent from then on. */
  readonly #onDamage: (error: SyncError) => void
  #queue: Pending[] = []
  #tail: Promise<void> = Promise.resolve()
  #busy = 0
  /** A commit of what is in the queue is in the lane. */
  #scheduled = false
  #closed = false

  constructor(
    storage: Storage,
    specs: ReadonlyMap<string, CollectionSpec>,
    onCommit: (commit: Commit) => void,
    onDamage: (error: SyncError) => void = () => undefined,
  ) {
    this.#storage = storage
    this.#specs = specs
    this.#onCommit = onCommit
    this.#onDamage = onDamage
  }

  /** The storage, for reads that need no lane. */
  get storage(): Storage {
    return this.#storage
  }

  /** True for a collection the storage was opened with. */
  isDeclared(collection: string): boolean {
    return this.#specs.has(collection)
  }

  /** Runs the operation in the next commit. Resolves with its result once that is durable. */
  submit<T>(operation: Operation<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ operation, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
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
    const [entry] = await readEntries(this.#storage, [name], this.#onDamage)
    return entry === 'damaged' ? undefined : entry
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

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void this.#inLane(() => this.#flush())
  }

  /** One commit of what was submitted until now. What comes later takes its own turn, behind those that wait. */
  #flush(): Promise<void> {
    this.#scheduled = false
    const batch = this.#take()
    if (this.#queue.length > 0) this.#schedule()
    return this.#commit(batch).catch((error: unknown) => this.#apart(batch, error))
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
      const loaded = this.#load(needed, attempt > 0)
      const workspace = loaded instanceof Workspace ? loaded : await loaded
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
      if (changes.length > 0) this.#onCommit({ changes })
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

  /** What is needed, as it is stored; at once where nothing has to be read, as for new documents. */
  #load(needed: Needed, all: boolean): Workspace | Promise<Workspace> {
    const workspace = new Workspace(this.#specs)
    const { keys, fresh } = needed.keys()
    const read = all ? [...keys, ...fresh] : keys
    if (!all) for (const key of fresh) workspace.addRecord(key, undefined)
    const names = needed.entries()
    return read.length + names.length === 0 ? workspace : this.#read(workspace, read, names)
  }

  async #read(
    workspace: Workspace,
    keys: readonly RecordKey[],
    names: readonly string[],
  ): Promise<Workspace> {
    const rows = keys.length === 0 ? [] : await this.#storage.read(keys)
    for (let at = 0; at < keys.length; at += 1) workspace.addRecord(keys[at]!, rows[at])
    const entries = names.length === 0 ? [] : await readEntries(this.#storage, names, this.#onDamage)
    for (let at = 0; at < names.length; at += 1) workspace.addEntry(names[at]!, entries[at])
    return workspace
  }
}

/** What the operations of one commit need to have read. */
interface Needed {
  /** The records to read, and those taken for absent until the commit says otherwise. */
  keys(): { readonly keys: readonly RecordKey[]; readonly fresh: readonly RecordKey[] }
  entries(): readonly string[]
  add(missing: MissingSlot): void
}

const NO_KEYS: readonly RecordKey[] = []
const NO_NAMES: readonly string[] = []

function gather(batch: readonly Pending[]): Needed {
  const [only] = batch
  if (batch.length > 1 || only === undefined) return gatherAll(batch)
  // What most commits are: one operation, whose keys cannot name one record twice.
  const { keys, fresh } = only.operation
  return keys.length === 1 || fresh === true ? gatherOne(only) : gatherAll(batch)
}

function gatherAll(batch: readonly Pending[]): Needed {
  const keys = new Map<string, RecordKey>()
  const fresh = new Map<string, RecordKey>()
  const entries = new Set<string>()
  for (const { operation } of batch) {
    const into = operation.fresh === true ? fresh : keys
    for (const key of operation.keys) into.set(slotName(key), key)
    for (const name of operation.entries ?? []) entries.add(name)
  }
  for (const name of keys.keys()) fresh.delete(name)
  return {
    keys: () => ({ keys: [...keys.values()], fresh: [...fresh.values()] }),
    entries: () => [...entries],
    add({ key, entry }) {
      if (key !== undefined) keys.set(slotName(key), key)
      if (entry !== undefined) entries.add(entry)
    },
  }
}

function gatherOne(pending: Pending): Needed {
  let all: Needed | null = null
  const { keys, fresh, entries = NO_NAMES } = pending.operation
  const one = fresh === true ? { keys: NO_KEYS, fresh: keys } : { keys, fresh: NO_KEYS }
  return {
    keys: () => all?.keys() ?? one,
    entries: () => all?.entries() ?? entries,
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
): { resolve(): void } | { readonly missing: MissingSlot } {
  const outcomes: (() => void)[] = []
  for (const { operation, resolve, reject } of batch) {
    workspace.begin(operation.origin)
    try {
      const value = operation.run(workspace)
      outcomes.push(() => resolve(value))
    } catch (error) {
      if (error instanceof MissingSlot) return { missing: error }
      workspace.rollback()
      outcomes.push(() => reject(error))
    }
  }
  return {
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
