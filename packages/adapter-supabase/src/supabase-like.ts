import type { SupabaseClient } from '@supabase/supabase-js'

/** The part of a client of supabase-js that is used, whatever types its database was given. */
export interface SupabaseLike {
  /** The REST endpoint, with the headers and the fetch that the client uses. */
  schema(name: string): {
    readonly url: string
    readonly headers: Headers
    readonly fetch?: typeof globalThis.fetch
  }
  channel: SupabaseClient['channel']
  getChannels: SupabaseClient['getChannels']
  removeChannel: SupabaseClient['removeChannel']
  readonly realtime: Pick<SupabaseClient['realtime'], 'setAuth' | 'accessToken' | 'disconnect'>
  readonly auth: Pick<SupabaseClient['auth'], 'refreshSession'>
}
