/** A storage whose process may die at any step of it, and whose disk may be full. */
import { SyncError, type Storage, type WriteBatch } from '@synclayer/core/storage'
import { type MemoryStore, openMemoryStorage } from '@synclayer/core/testing'
import type { CrashPoint } from '../scenario/scenario.ts'

/** One process: once it is dead nothing of it goes on. */
export interface Life {
  alive: boolean
}

export interface StorageFate {
  readonly life: Life
  /** The store is open in several processes. */
  readonly shared: boolean
  readonly isFull: () => boolean
  /** Whether the process dies at this step. */
  readonly diesAt: (point: CrashPoint['at']) => boolean
  readonly die: (point: CrashPoint['at']) => void
  /** Something was refused for want of room. */
  readonly onFull: () => void
  /** Another process has written. */
  readonly onForeign: () => void
  /** About to be written, unless it is stale. What this gives is called once it is. */
  readonly onCommit: (batch: WriteBatch) => () => void
}

/** What never answers: the process that asked is dead. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}

export function mortalStorage(store: MemoryStore, fate: StorageFate): Storage {
  const inner = openMemoryStorage(store)
  const { life } = fate
  /** True where the process dies here. */
  const struck = (point: CrashPoint['at']): boolean => {
    if (!life.alive) return true
    if (!fate.diesAt(point)) return false
    void inner.close()
    fate.die(point)
    return true
  }
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    if (struck('read')) return never()
    const result = await read()
    return life.alive ? result : never()
  }
  return {
    name: inner.name,
    capabilities: { ...inner.capabilities, crossProcess: fate.shared },
    async open(schema) {
      await inner.open(schema)
      if (struck('opened')) return never()
    },
    read: (keys) => reading(() => inner.read(keys)),
    readEntries: (names) => reading(() => inner.readEntries(names)),
    listEntries: (prefix) => reading(() => inner.listEntries(prefix)),
    query: (plan) => reading(() => inner.query(plan)),
    count: (plan) => reading(() => inner.count(plan)),
    scan: (request) => reading(() => inner.scan(request)),
    outbox: (request) => reading(() => inner.outbox(request)),
    outboxSize: (scope) => reading(() => inner.outboxSize(scope)),
    async commit(batch, expect) {
      if (struck('before commit')) return never()
      if (fate.isFull()) {
        fate.onFull()
        throw new SyncError('STORAGE_FULL', 'The disk is full.')
      }
      const written = fate.onCommit(batch)
      const result = await inner.commit(batch, expect)
      if (result.status === 'committed') written()
      return struck('after commit') ? never() : result
    },
    changes: (listener) =>
      inner.changes!((commit) => {
        if (!life.alive) return
        fate.onForeign()
        listener(commit)
      }),
    clear: () => inner.clear(),
    close: () => inner.close(),
  }
}
