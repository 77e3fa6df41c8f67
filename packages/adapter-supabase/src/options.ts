import { didYouMean, invalidOption, SyncError } from '@synclayer/core/adapter'
import type { SupabaseLike } from './supabase-like.ts'

/** What `supabaseAdapter` takes: the app's `client`, or `url` and `key`. */
export interface SupabaseAdapterOptions {
  /** The client of supabase-js that the app has, with whoever is signed in there. It stays open when the adapter closes. */
  readonly client?: SupabaseLike
  /** The project's address, such as `https://abcdefgh.supabase.co`. The adapter then has a client of its own. */
  readonly url?: string
  /** The project's publishable or `anon` key; on a server the secret one, which may do anything. */
  readonly key?: string
  /** With `url`: gives the token of who is signed in, by Supabase Auth or another. Null: nobody is. */
  readonly accessToken?: () => Promise<string | null>
  /** With `url`: in place of the platform's `WebSocket`. Node before 22 has none: give that of the package `ws`. */
  readonly WebSocket?: new (url: string, protocols?: string | string[]) => object
  /** The exposed schema that has the functions `synclayer_…`. `public` when left out. */
  readonly schema?: string
  /** False: no channels are joined, and changes are seen by polling alone. True when left out. */
  readonly realtime?: boolean
}

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly source:
    | { readonly client: SupabaseLike }
    | {
        readonly url: string
        readonly key: string
        readonly accessToken: (() => Promise<string | null>) | undefined
        readonly WebSocket: SupabaseAdapterOptions['WebSocket']
      }
  readonly schema: string
  readonly realtime: boolean
}

const NAMES = [
  'client',
  'url',
  'key',
  'accessToken',
  'WebSocket',
  'schema',
  'realtime',
] as const satisfies readonly (keyof SupabaseAdapterOptions)[]

/** Those that are the client's own where one is given. */
const OF_URL = ['url', 'key', 'accessToken', 'WebSocket'] as const

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(options: SupabaseAdapterOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', options, 'an object')
  for (const name of Object.keys(options)) {
    if ((NAMES as readonly string[]).includes(name)) continue
    throw new SyncError('INVALID_OPTION', `There is no option ${name}.${didYouMean(name, NAMES)}`, {
      details: { option: name },
    })
  }
  const { schema = 'public', realtime = true } = options
  // It goes into a header.
  if (typeof schema !== 'string' || !/^[\x21-\x7e]+$/.test(schema))
    throw invalidOption('schema', schema, 'the name of an exposed schema')
  if (typeof realtime !== 'boolean') throw invalidOption('realtime', realtime, 'a boolean')
  return { source: checkSource(options, realtime), schema, realtime }
}

function checkSource(options: SupabaseAdapterOptions, realtime: boolean): CheckedOptions['source'] {
  const { client, url, key, accessToken } = options
  if (client !== undefined) {
    for (const name of OF_URL)
      if (options[name] !== undefined) throw invalidOption(name, options[name], 'nothing, beside `client`')
    if (!isClient(client)) throw invalidOption('client', client, 'a client of supabase-js')
    return { client }
  }
  if (typeof url !== 'string' || !/^https?:$/.test(protocolOf(url)))
    throw invalidOption('url', url, 'an address such as https://abcdefgh.supabase.co, or `client`')
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key))
    // It may be a secret one.
    throw invalidOption('key', typeof key, 'the publishable key of the project')
  if (accessToken !== undefined && typeof accessToken !== 'function')
    throw invalidOption('accessToken', accessToken, 'a function')
  const socket = options.WebSocket ?? (globalThis as Pick<SupabaseAdapterOptions, 'WebSocket'>).WebSocket
  if (realtime && typeof socket !== 'function')
    throw invalidOption(
      'WebSocket',
      options.WebSocket,
      'a WebSocket, such as that of the package ws, since this platform has none; or `realtime: false`',
    )
  return { url, key, accessToken, WebSocket: socket }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}

function isClient(value: unknown): value is SupabaseLike {
  const { schema, channel, realtime } = (value ?? {}) as Partial<SupabaseLike>
  return typeof schema === 'function' && typeof channel === 'function' && typeof realtime === 'object'
}
