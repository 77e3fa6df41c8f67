import { type Hello, PROTOCOL_VERSION } from '@synclayer/core/protocol'
import { ENVELOPE_BYTES } from '../limits.ts'
import type { OperationsDeps } from './operations-deps.ts'

/** What the server can do: what the adapter can, as far as the server's own limits let it through. */
export function helloOf({
  adapter,
  limits,
  clock,
}: Pick<OperationsDeps, 'adapter' | 'limits' | 'clock'>): Hello {
  const { consistency, orderedVersions, patch, groups, memory } = adapter.capabilities
  return {
    protocol: PROTOCOL_VERSION,
    capabilities: {
      consistency,
      orderedVersions,
      patch,
      groups,
      // An adapter that tells of nothing is asked by the server.
      realtime: true,
      memory,
      maxBatch: Math.min(adapter.capabilities.maxBatch, limits.batch),
      maxRecordBytes: maxRecordBytesOf({ adapter, limits }),
    },
    maxRequestBytes: limits.bodyBytes,
    maxIds: limits.ids,
    serverTime: clock.now(),
  }
}

/** The largest document, in bytes of its JSON text. */
export function maxRecordBytesOf({ adapter, limits }: Pick<OperationsDeps, 'adapter' | 'limits'>): number {
  return Math.min(adapter.capabilities.maxRecordBytes, limits.bodyBytes - ENVELOPE_BYTES)
}
