/** The platform: the only file of the server that reads its clock, its randomness, its timers and its console. */
import type { Clock, Logger, Random } from '@synclayer/core/adapter'
import type { Timers } from './realtime-deps.ts'

/** The longest delay timers take; beyond it they fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

export const systemDeps: {
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly logger: Logger
} = {
  clock: { now: () => Date.now() },
  random: {
    bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    next: () => Math.random(),
  },
  timers: {
    after(delayMs, task) {
      const timer: unknown = setTimeout(task, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS))
      // What is only waited for must not keep a process alive.
      if (typeof timer === 'object') (timer as { unref?(): void }).unref?.()
      return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
    },
  },
  logger: {
    log(level, message, details) {
      if (level !== 'warning' && level !== 'error') return
      const write = console[level === 'error' ? 'error' : 'warn']
      write(`[synclayer] ${message}`, details ?? {})
    },
  },
}
