/**
 * The platform: the only file of core that touches its globals. What is not there (no window in Node, no console in a
 * worklet) is done without.
 */
import type { Channels } from '../ports/channel.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import type { Locks } from '../ports/locks.ts'
import type { Logger, LogLevel } from '../ports/logger.ts'
import type { ClientDeps } from './client-deps.ts'

interface EventSource {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

interface LockManager {
  request(
    name: string,
    options: { readonly steal: true } | { readonly signal: AbortSignal },
    whileHeld: () => Promise<void>,
  ): Promise<void>
}

/** The few members of a browser's globals that are used; core is compiled without the DOM's types. */
interface Platform {
  readonly navigator?: { readonly onLine?: boolean; readonly locks?: LockManager }
  readonly document?: EventSource & { readonly visibilityState?: string }
  readonly addEventListener?: EventSource['addEventListener']
  readonly removeEventListener?: EventSource['removeEventListener']
}

const platform = globalThis as unknown as Platform

/** The longest delay timers take; beyond it they fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Clock, randomness, timers, connectivity and console of the platform. */
export const systemDeps: ClientDeps = {
  clock: { now: () => Date.now() },
  random: {
    bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    next: () => Math.random(),
  },
  scheduler: {
    after(delayMs, task) {
      const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS)) as
        number | { unref?(): void }
      // What is only waited for must not keep a process alive.
      if (typeof timer === 'object') timer.unref?.()
      return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
    },
  },
  connectivity: platformConnectivity(),
  locks: platformLocks(platform.navigator?.locks),
  channels: platformChannels(),
  elects: true,
  logger: consoleLogger(),
  holdProcess() {
    const timer = setInterval(() => undefined, MAX_DELAY_MS)
    return () => clearInterval(timer)
  },
}

function platformConnectivity(): Connectivity {
  return {
    get online() {
      return platform.navigator?.onLine !== false
    },
    subscribe(listener) {
      const online = (): void => listener('online')
      const offline = (): void => listener('offline')
      const visibility = (): void => {
        if (platform.document?.visibilityState === 'visible') listener('visible')
      }
      platform.addEventListener?.('online', online)
      platform.addEventListener?.('offline', offline)
      platform.document?.addEventListener('visibilitychange', visibility)
      return () => {
        platform.removeEventListener?.('online', online)
        platform.removeEventListener?.('offline', offline)
        platform.document?.removeEventListener('visibilitychange', visibility)
      }
    },
  }
}

function platformLocks(manager: LockManager | undefined): Locks | null {
  if (manager === undefined) return null
  return {
    request(name, steal, told) {
      const abort = new AbortController()
      let letGo = (): void => undefined
      const untilLetGo = new Promise<void>((resolve) => (letGo = resolve))
      let over = false
      const whileHeld = (): Promise<void> => {
        if (!over) told.held()
        return untilLetGo
      }
      // What steals does not wait, so that it cannot be called off either.
      const options = steal ? ({ steal } as const) : { signal: abort.signal }
      manager.request(name, options, whileHeld).catch(() => {
        if (!over) told.lost()
      })
      return () => {
        over = true
        letGo()
        abort.abort()
      }
    },
  }
}

function platformChannels(): Channels | null {
  if (typeof BroadcastChannel === 'undefined') return null
  return {
    open(name, told) {
      const channel = new BroadcastChannel(name)
      channel.onmessage = (event) => told((event as unknown as { readonly data: unknown }).data)
      // In Node an open channel keeps its process alive.
      ;(channel as { unref?(): void }).unref?.()
      return { post: (message) => channel.postMessage(message), close: () => channel.close() }
    },
  }
}

const METHOD_BY_LEVEL = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
} as const satisfies Record<LogLevel, keyof Console>

function consoleLogger(): Logger {
  return {
    log(level, message, details) {
      const line = `[synclayer] ${message}`
      const write = console[METHOD_BY_LEVEL[level]]
      if (details === undefined) write(line)
      else write(line, details)
    },
  }
}
