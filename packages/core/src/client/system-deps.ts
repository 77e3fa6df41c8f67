/**
 * The platform: the only file of core that touches its globals. What is not there (no window in Node, no console in a
 * worklet) is done without.
 */
import type { Connectivity } from '../ports/connectivity.ts'
import type { Logger, LogLevel } from '../ports/logger.ts'
import type { ClientDeps } from './client-deps.ts'

interface EventSource {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** The few members of a browser's globals that are used; core is compiled without the DOM's types. */
interface Platform {
  readonly navigator?: { readonly onLine?: boolean }
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
