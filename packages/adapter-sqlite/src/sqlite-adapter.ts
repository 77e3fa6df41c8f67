import type { AdapterCapabilities, BackendAdapter } from '@synclayer/core/adapter'
import { type Backend, openBackend } from './backend.ts'
import { closed } from './connection.ts'
import { fetchRecords } from './fetch.ts'
import { checkOptions, type SqliteAdapterOptions } from './options.ts'
import { pull } from './pull.ts'
import { purge } from './purge.ts'
import { createPush, type Push } from './push.ts'
import { listScopes } from './scopes.ts'
import { createSubscriptions, type Subscriptions } from './subscribe.ts'

// One push, and so one group, may be this large; a larger push is taken too.
const MAX_BATCH = 10_000

interface Open {
  readonly backend: Backend
  readonly push: Push
  readonly subscriptions: Subscriptions
}

/**
 * SQLite as the backend, in the same process. Several processes may share one file on a local disk.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function sqliteAdapter(options: SqliteAdapterOptions): BackendAdapter {
  const checked = checkOptions(options)
  const capabilities: AdapterCapabilities = {
    consistency: 'strict',
    orderedVersions: true,
    patch: true,
    groups: true,
    realtime: true,
    memory: 'full',
    maxBatch: MAX_BATCH,
    maxRecordBytes: checked.maxRecordBytes,
  }
  let state: Promise<Open> | undefined
  const opened = (): NonNullable<typeof state> => state ?? Promise.reject(closed())

  return {
    name: 'sqlite',
    capabilities,
    open: async (context) => {
      state ??= openBackend(checked, context).then((backend) => ({
        backend,
        push: createPush(backend),
        subscriptions: createSubscriptions(backend, checked.pollIntervalMs),
      }))
      try {
        await state
      } catch (error) {
        state = undefined
        throw error
      }
    },
    push: async (request, signal) => (await opened()).push(request, signal),
    pull: async (request, signal) => pull((await opened()).backend, request, signal),
    fetch: async (request, signal) => fetchRecords((await opened()).backend, request, signal),
    subscribe: async (request, wake) => (await opened()).subscriptions.add(request, wake),
    purge: async (request) => purge((await opened()).backend, request),
    scopes: async function* () {
      yield* listScopes((await opened()).backend)
    },
    close: async () => {
      const closing = state
      state = undefined
      if (closing === undefined) return
      const { backend, subscriptions } = await closing
      subscriptions.close()
      backend.connection.close()
    },
  }
}
