/**
 * When settled results are forgotten: not with each push, which would cost each a statement, but once a client has settled a
 * number of them. What is left over goes when results are purged.
 */
import type { PushRequest } from '@synclayer/core/adapter'
import type { Settlement } from './result-rows.ts'

export interface Settlements {
  /** Those of the requests' clients that are due. */
  due(requests: readonly PushRequest[]): readonly Settlement[]
  /** They are committed. */
  done(scope: string, settlements: readonly Settlement[]): void
}

// Each is a line of text in a row of many.
const RESULTS_TO_SETTLE = 500
// Beyond, the client that was settled longest ago goes; its next push settles at once.
const REMEMBERED_CLIENTS = 10_000

export function createSettlements(): Settlements {
  const settled = new Map<string, number>()
  return {
    due: (requests) => {
      const highest = new Map<string, Settlement>()
      for (const { scope, clientId, settled: below } of requests) {
        const last = settled.get(keyOf(scope, clientId))
        const isDue = below > 0 && (last === undefined || below - last >= RESULTS_TO_SETTLE)
        if (isDue && below > (highest.get(clientId)?.below ?? 0)) highest.set(clientId, { clientId, below })
      }
      return [...highest.values()]
    },
    done: (scope, settlements) => {
      for (const { clientId, below } of settlements) {
        const key = keyOf(scope, clientId)
        settled.delete(key)
        settled.set(key, below)
      }
      for (const key of settled.keys()) {
        if (settled.size <= REMEMBERED_CLIENTS) return
        settled.delete(key)
      }
    },
  }
}

function keyOf(scope: string, clientId: string): string {
  return `${scope}\n${clientId}`
}
