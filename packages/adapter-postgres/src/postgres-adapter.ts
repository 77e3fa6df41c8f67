import { type AdapterCapabilities, type BackendAdapter, SyncError } from '@synclayer/core/adapter'
import { type Backend, openBackend } from './backend.ts'
import { fetchRecords } from './fetch.ts'
import { checkOptions, type PostgresAdapterOptions } from './options.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { createSubscriptions, type Subscriptions } from './subscribe.ts'
import { listScopes, purge } from './upkeep.ts'

// One push, and so one group, may be this large; a larger push is taken too.
const MAX_BATCH = 10_000

interface Opened {
  readonly backend: Backend
  readonly subscriptions: Subscriptions
}

/**
 * PostgreSQL as the backend. Any number of processes may share one database; the contract is kept by functions in it.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function postgresAdapter(options: PostgresAdapterOptions): BackendAdapter {
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
  let state: Promise<Opened> | undefined
  const calls = new Set<Promise<unknown>>()
  /** Runs a call on the open adapter. Closing waits for it. */
  const call = async <Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> => {
    if (state === undefined) throw closed()
    const running = state.then(work)
    const settled = running.then(
      () => undefined,
      () => undefined,
    )
    calls.add(settled)
    try {
      return await running
    } finally {
      calls.delete(settled)
    }
  }

  return {
    name: 'postgres',
    capabilities,
    open: async (context) => {
      state ??= openBackend(checked, context).then((backend) => ({
        backend,
        subscriptions: createSubscriptions(backend),
      }))
      try {
        await state
      } catch (error) {
        state = undefined
        throw error
      }
    },
    push: async (request, signal) => call(({ backend }) => push(backend, request, signal)),
    pull: async (request, signal) => call(({ backend }) => pull(backend, request, signal)),
    fetch: async (request, signal) => call(({ backend }) => fetchRecords(backend, request, signal)),
    subscribe: async (request, wake) =>
      call(({ subscriptions }) => Promise.resolve(subscriptions.add(request, wake))),
    purge: async (request) => call(({ backend }) => purge(backend, request)),
    scopes: async function* () {
      yield* listScopes((await call((opened) => Promise.resolve(opened))).backend)
    },
    close: async () => {
      const closing = state
      state = undefined
      if (closing === undefined) return
      const { backend, subscriptions } = await closing
      await subscriptions.close()
      while (calls.size > 0) await Promise.all(calls)
      await backend.connection.close()
    },
  }
}

/** The error of every call on an adapter that is not open. */
function closed(): SyncError {
  return new SyncError('CLOSED', 'The PostgreSQL adapter is not open')
}
