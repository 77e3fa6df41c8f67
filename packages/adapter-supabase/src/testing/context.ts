import { randomBytes } from 'node:crypto'
import type { AdapterContext, Traffic } from '@synclayer/core/adapter'

/** What adapters are opened with. */
export function createContext(traffic: Partial<Traffic> = {}): AdapterContext {
  return {
    collections: ['todos'],
    scopes: [],
    logger: { log: () => {} },
    clock: { now: () => Date.now() },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {}, ...traffic },
  }
}
