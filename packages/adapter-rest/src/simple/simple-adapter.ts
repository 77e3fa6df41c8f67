/** The adapter that speaks the simple dialect of docs/reference/protocol.md, to backends that know nothing of sync. */
import type { AdapterCapabilities, BackendAdapter } from '@synclayer/core/adapter'
import { closed, createHttpClient } from '../http/http-client.ts'
import type { CheckedOptions } from '../options.ts'
import { warnOfPlainHttp } from '../warn-of-plain-http.ts'
import { fetchRecords } from './fetch.ts'
import { pull, type PullDeps } from './pull.ts'
import { push } from './push.ts'

const CAPABILITIES: AdapterCapabilities = {
  consistency: 'relaxed',
  orderedVersions: false,
  patch: false,
  groups: false,
  realtime: false,
  memory: 'record',
  // Each is a request of its own, and all of them together have to be answered in the time of one call.
  maxBatch: 50,
  maxRecordBytes: 16 * 1024 * 1024,
}

export function createSimpleAdapter(options: CheckedOptions): BackendAdapter {
  let state: PullDeps | undefined
  const opened = async (): Promise<PullDeps> => state ?? Promise.reject(closed())

  return {
    name: 'rest-simple',
    capabilities: CAPABILITIES,
    async open({ clock, logger, traffic }) {
      if (state !== undefined) return
      warnOfPlainHttp(options, logger)
      const client = createHttpClient({ options, clock, traffic })
      state = { client, clock, logger, warned: new Set(), readings: new Map() }
    },
    push: async (request, signal) => push(await opened(), request, signal),
    pull: async (request, signal) => pull(await opened(), request, signal),
    fetch: async (request, signal) => fetchRecords(await opened(), request, signal),
    async close() {
      state?.client.close()
      state = undefined
    },
  }
}
