import { closed } from '@synclayer/adapter-kit/http'
import type { AdapterCapabilities, BackendAdapter } from '@synclayer/core/adapter'
import { createClient } from '@supabase/supabase-js'
import { type Api, createApi } from './api.ts'
import { fetchRecords } from './fetch.ts'
import { sayHello } from './hello.ts'
import { MAX_BATCH, MAX_RECORD_BYTES } from './limits.ts'
import { type CheckedOptions, checkOptions, type SupabaseAdapterOptions } from './options.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { type Channels, createChannels } from './realtime/channels.ts'
import { subscribe } from './realtime/subscribe.ts'
import type { SupabaseLike } from './supabase-like.ts'
import { listScopes, purge } from './upkeep.ts'

interface Opened {
  readonly client: SupabaseLike
  readonly api: Api
  readonly channels: Channels
}

/**
 * A Supabase project as the backend, from a browser with the publishable key and whoever is signed in: by functions in the
 * database, which `npx synclayer-supabase migration` puts there, and by Realtime.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function supabaseAdapter(options: SupabaseAdapterOptions): BackendAdapter {
  const checked = checkOptions(options)
  const capabilities: AdapterCapabilities = {
    consistency: 'strict',
    orderedVersions: true,
    patch: true,
    groups: true,
    realtime: checked.realtime,
    memory: 'full',
    maxBatch: MAX_BATCH,
    maxRecordBytes: MAX_RECORD_BYTES,
  }
  let state: { readonly parts: Opened; readonly opening: Promise<void> } | undefined
  const opened = async (): Promise<Opened> => {
    if (state === undefined) throw closed()
    const { parts, opening } = state
    await opening
    return parts
  }

  return {
    name: 'supabase',
    capabilities,
    async open(context) {
      if (state === undefined) {
        const client = clientOf(checked)
        const api = createApi(client, checked.schema, context)
        state = { parts: { client, api, channels: createChannels(client) }, opening: sayHello(api) }
      }
      const own = state
      try {
        await own.opening
      } catch (error) {
        if (state === own) state = undefined
        throw error
      }
    },
    push: async (request, signal) => push((await opened()).api, request, signal),
    pull: async (request, signal) => pull((await opened()).api, request, signal),
    fetch: async (request, signal) => fetchRecords((await opened()).api, request, signal),
    ...(checked.realtime
      ? { subscribe: async (request, wake, lost) => subscribe(await opened(), request, wake, lost) }
      : {}),
    purge: async (request) => purge((await opened()).api, request),
    scopes: async function* () {
      yield* listScopes((await opened()).api)
    },
    async close() {
      const closing = state
      state = undefined
      if (closing === undefined) return
      const { api, channels, client } = closing.parts
      api.close()
      await channels.close()
      if (!('client' in checked.source)) await client.realtime.disconnect()
    },
  }
}

/** The app's client, or one of the adapter's own, which keeps no session. */
function clientOf({ source }: CheckedOptions): SupabaseLike {
  if ('client' in source) return source.client
  const { url, key, accessToken, WebSocket } = source
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Where none is needed, none is opened.
    realtime: { transport: (WebSocket ?? class {}) as never },
    ...(accessToken === undefined ? {} : { accessToken }),
  })
}
