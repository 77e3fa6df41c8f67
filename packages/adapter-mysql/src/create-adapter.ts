import type { AdapterCapabilities, BackendAdapter } from '@synclayer/core/adapter'
import { type Backend, openBackend } from './backend.ts'
import { closed } from './database.ts'
import type { Dialect } from './dialect.ts'
import { fetchRecords } from './fetch.ts'
import { checkOptions, type MysqlFamilyOptions } from './options.ts'
import { pull } from './pull.ts'
import { purge } from './purge.ts'
import { createPushes, push, type Pushes } from './push.ts'
import { listScopes } from './scopes.ts'
import { createSubscriptions, type Subscriptions } from './subscribe.ts'

// One push, and so one group, may be this large; a larger push is taken too.
const MAX_BATCH = 10_000

interface Opened {
  readonly backend: Backend
  readonly pushes: Pushes
  readonly subscriptions: Subscriptions
}

/** The adapter, for either product. Throws INVALID_OPTION, naming the option, where the options are not sound. */
export function createAdapter(dialect: Dialect, options: MysqlFamilyOptions): BackendAdapter {
  const checked = checkOptions(dialect, options)
  let maxRecordBytes = checked.maxRecordBytes.bytes
  const capabilities: AdapterCapabilities = {
    consistency: 'strict',
    orderedVersions: true,
    patch: true,
    groups: true,
    realtime: true,
    memory: 'full',
    maxBatch: MAX_BATCH,
    // Less than by default once it is open, where the server's packets are small.
    get maxRecordBytes() {
      return maxRecordBytes
    },
  }
  let state: Promise<Opened> | undefined
  const opened = (): Promise<Opened> => state ?? Promise.reject(closed(dialect))

  return {
    name: dialect.name,
    capabilities,
    open: async (context) => {
      state ??= openBackend(dialect, checked, context).then((backend) => {
        maxRecordBytes = backend.maxRecordBytes
        return {
          backend,
          pushes: createPushes(backend),
          subscriptions: createSubscriptions(backend, checked.pollIntervalMs),
        }
      })
      try {
        await state
      } catch (error) {
        state = undefined
        throw error
      }
    },
    push: async (request, signal) => {
      const { backend, pushes } = await opened()
      return push(backend, pushes, request, signal)
    },
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
      await backend.database.close()
    },
  }
}
