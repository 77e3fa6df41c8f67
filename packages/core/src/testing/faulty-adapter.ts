/** An adapter behind a bad network: requests and answers get lost, doubled and late, by a seeded choice. */
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Random } from '../ports/random.ts'
import type { Scheduler } from '../ports/scheduler.ts'

/** How likely each fault is, from 0 to 1. All 0 means a perfect network. */
export interface Faults {
  /** The request never arrives. */
  requestLost: number
  /** It is carried out, but nobody hears of it. */
  answerLost: number
  /** It arrives twice, the second time at any later moment. */
  doubled: number
  /** The longest way there and back, in milliseconds. */
  delayMs: number
}

export function noFaults(): Faults {
  return { requestLost: 0, answerLost: 0, doubled: 0, delayMs: 0 }
}

/** Counts of what really happened, so that a test can tell a fault that never fired. */
export type FaultCounts = Record<keyof Faults, number>

export function faultyAdapter(
  inner: BackendAdapter,
  faults: Faults,
  deps: { readonly random: Random; readonly scheduler: Scheduler; readonly counts?: FaultCounts },
): BackendAdapter {
  const { random, scheduler, counts } = deps
  const hits = (name: Exclude<keyof Faults, 'delayMs'>): boolean => {
    if (random.next() >= faults[name]) return false
    if (counts !== undefined) counts[name] += 1
    return true
  }
  const wait = (): Promise<void> => {
    if (faults.delayMs === 0) return Promise.resolve()
    if (counts !== undefined) counts.delayMs += 1
    return new Promise((resolve) => scheduler.after(Math.floor(random.next() * faults.delayMs), resolve))
  }
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    await wait()
    if (hits('requestLost')) throw new SyncError('NETWORK', 'The request was lost.')
    if (hits('doubled'))
      void wait()
        .then(call)
        .catch(() => undefined)
    const answer = await call()
    await wait()
    if (hits('answerLost')) throw new SyncError('NETWORK', 'The answer was lost.')
    return answer
  }
  return {
    ...inner,
    push: (request, signal) => through(() => inner.push(request, signal)),
    pull: (request, signal) => through(() => inner.pull(request, signal)),
    fetch: (request, signal) => through(() => inner.fetch(request, signal)),
  }
}
