/** Pages of one origin, or processes on one store, that a test can freeze, thaw and kill; with locks and channels between them. */
import type { Channels } from '../ports/channel.ts'
import type { Locks, LockTold } from '../ports/locks.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Storage } from '../ports/storage.ts'

/** One page. What reaches it while it is frozen reaches it when it is thawed; once killed, nothing does. */
export interface FakePage {
  readonly locks: Locks
  readonly channels: Channels
  readonly scheduler: Scheduler
  /** The storage as this page has it. */
  storage(inner: Storage): Storage
  freeze(): void
  thaw(): void
  kill(): void
}

export interface FakeOrigin {
  page(): FakePage
  /** All that was said over channels. */
  readonly said: readonly unknown[]
}

interface Waiting {
  readonly owner: object
  readonly told: LockTold
  reach(task: () => void): void
}

export function createFakeOrigin(time: Scheduler): FakeOrigin {
  const queues = new Map<string, Waiting[]>()
  const channels = new Map<string, Set<(message: unknown, from: object) => void>>()
  const said: unknown[] = []

  /** The first of a queue holds the lock. */
  const give = (name: string): void => {
    const [first] = queues.get(name) ?? []
    first?.reach(() => first.told.held())
  }

  const leave = (name: string, gone: (waiting: Waiting) => boolean): void => {
    const queue = queues.get(name) ?? []
    const left = queue.filter((waiting) => !gone(waiting))
    queues.set(name, left)
    if (left[0] !== queue[0]) give(name)
  }

  const page = (): FakePage => {
    const owner = {}
    let alive = true
    let held: (() => void)[] | null = null
    const closes: (() => void)[] = []

    const run = (task: () => void): void => {
      if (!alive) return
      if (held === null) task()
      else held.push(task)
    }
    /** Later, as from another page. */
    const reach = (task: () => void): void => void time.after(0, () => run(task))

    return {
      scheduler: { after: (delayMs, task) => time.after(delayMs, () => run(task)) },
      locks: {
        request(name, steal, told) {
          let over = false
          const ask = (what: 'held' | 'lost') => (): void => {
            if (!over) told[what]()
          }
          const waiting: Waiting = { owner, told: { held: ask('held'), lost: ask('lost') }, reach }
          const queue = queues.get(name) ?? []
          const [robbed] = steal ? queue.splice(0, 1) : []
          if (steal) queue.unshift(waiting)
          else queue.push(waiting)
          queues.set(name, queue)
          robbed?.reach(() => robbed.told.lost())
          if (queue[0] === waiting) give(name)
          return () => {
            over = true
            leave(name, (other) => other === waiting)
          }
        },
      },
      channels: {
        open(name, told) {
          const members = channels.get(name) ?? new Set()
          channels.set(name, members)
          let open = true
          const hear = (message: unknown, from: object): void => {
            if (from !== owner) reach(() => void (open && told(message)))
          }
          const close = (): void => {
            open = false
            members.delete(hear)
          }
          members.add(hear)
          closes.push(close)
          return {
            post(message) {
              said.push(message)
              for (const member of members) member(structuredClone(message), owner)
            },
            close,
          }
        },
      },
      storage: (inner) => ({
        ...inner,
        capabilities: { ...inner.capabilities, crossProcess: true },
        changes: (listener) => inner.changes!((commit) => run(() => listener(commit))),
        commit: (batch, expect) => (alive ? inner.commit(batch, expect) : new Promise(() => undefined)),
      }),
      freeze() {
        held ??= []
      },
      thaw() {
        const tasks = held ?? []
        held = null
        for (const task of tasks) task()
      },
      kill() {
        alive = false
        for (const close of closes) close()
        for (const name of queues.keys()) leave(name, (waiting) => waiting.owner === owner)
      },
    }
  }

  return { page, said }
}
