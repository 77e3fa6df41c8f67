/** The adapter that speaks the simple dialect of docs/reference/protocol.md, to backends that know nothing of sync. */
import {
  type AdapterCapabilities,
  type AdapterContext,
  type BackendAdapter,
  SyncError,
} from '@synclayer/core/adapter'
import { closed, createHttpClient, type HttpClient } from '@synclayer/adapter-kit/http'
import type { CheckedOptions } from '../options.ts'
import { warnOfPlainHttp } from '../warn-of-plain-http.ts'
import type * as dialect from './dialect.ts'
import type { PullDeps } from './pull.ts'

type Dialect = typeof dialect

interface Opened extends Dialect {
  readonly deps: PullDeps
}

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
  let state: { readonly client: HttpClient; readonly opening: Promise<Opened> } | undefined
  const opened = (): Promise<Opened> => state?.opening ?? Promise.reject(closed())

  const begin = ({ clock, logger, traffic }: AdapterContext): NonNullable<typeof state> => {
    warnOfPlainHttp(options, logger)
    const client = createHttpClient({ options, clock, traffic })
    const deps: PullDeps = { client, clock, logger, warned: new Set(), readings: new Map() }
    return { client, opening: loadDialect().then((loaded) => ({ ...loaded, deps })) }
  }

  return {
    name: 'rest-simple',
    capabilities: CAPABILITIES,
    async open(context) {
      const own = (state ??= begin(context))
      try {
        await own.opening
      } catch (error) {
        if (state === own) state = undefined
        throw error
      }
    },
    async push(request, signal) {
      const { deps, push } = await opened()
      return push(deps, request, signal)
    },
    async pull(request, signal) {
      const { deps, pull } = await opened()
      return pull(deps, request, signal)
    },
    async fetch(request, signal) {
      const { deps, fetchRecords } = await opened()
      return fetchRecords(deps, request, signal)
    },
    async close() {
      state?.client.close()
      state = undefined
    },
  }
}

/** A bundled app loads it over the network, which may be away: then opening is tried again later. */
async function loadDialect(): Promise<Dialect> {
  try {
    return await import('./dialect.ts')
  } catch (cause) {
    throw new SyncError('NETWORK', 'The part of the app that speaks the simple dialect could not be loaded', {
      cause,
    })
  }
}
