import type { Auth } from '@synclayer/adapter-kit/http'
import { didYouMean, invalidOption, SyncError } from '@synclayer/core/adapter'

/** What a WebSocket is made by: that of a browser, of the package `ws`, or anything that works alike. */
export type SocketConstructor = new (url: string, protocols?: string[]) => object

/** What `restAdapter` takes. */
export interface RestAdapterOptions {
  /** The server's base address, with or without a path, such as `https://api.example.com`. Over plain http anyone on the way reads the token. */
  readonly url: string
  /**
   * Called for every request and every connection. Where the server refuses the token, it is called once more, with that token; calls
   * for the same refused token are one. Without another token the call fails with UNAUTHENTICATED, and the client waits.
   */
  readonly auth?: Auth
  /** Sent along with every request. Not with the WebSocket: browsers cannot. */
  readonly headers?: Readonly<Record<string, string>>
  /** In place of the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** In place of the platform's `WebSocket`. */
  readonly WebSocket?: SocketConstructor
  /** False: no WebSocket is opened, and changes are seen by polling alone. True when left out. */
  readonly realtime?: boolean
  /** `simple` speaks to plain endpoints of one's own: relaxed, and without realtime. `strict` when left out. */
  readonly dialect?: 'strict' | 'simple'
  /** Whether bodies of more than 1 KiB are sent compressed (gzip). True when left out; in the simple dialect, false. */
  readonly compress?: boolean
}

/** The options with every default filled in. */
export interface CheckedOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly auth: Auth
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: the platform's. */
  readonly fetch: typeof globalThis.fetch | undefined
  readonly WebSocket: SocketConstructor | undefined
  readonly realtime: boolean
  readonly dialect: 'strict' | 'simple'
  readonly compress: boolean
}

const NAMES = [
  'url',
  'auth',
  'headers',
  'fetch',
  'WebSocket',
  'realtime',
  'dialect',
  'compress',
] as const satisfies readonly (keyof RestAdapterOptions)[]

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(options: RestAdapterOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', options, 'an object')
  for (const name of Object.keys(options)) {
    if ((NAMES as readonly string[]).includes(name)) continue
    throw new SyncError('INVALID_OPTION', `There is no option ${name}.${didYouMean(name, NAMES)}`, {
      details: { option: name },
    })
  }
  const { dialect = 'strict' } = options
  if (dialect !== 'strict' && dialect !== 'simple')
    throw invalidOption('dialect', dialect, "'strict' or 'simple'")
  checkKind(options, 'auth', 'function')
  checkKind(options, 'fetch', 'function')
  checkKind(options, 'WebSocket', 'function')
  checkKind(options, 'realtime', 'boolean')
  checkKind(options, 'compress', 'boolean')
  return {
    url: checkUrl(options.url),
    auth: options.auth ?? (() => null),
    headers: checkHeaders(options.headers),
    fetch: options.fetch,
    WebSocket: options.WebSocket,
    realtime: options.realtime ?? true,
    dialect,
    compress: options.compress ?? dialect === 'strict',
  }
}

function checkKind(
  options: RestAdapterOptions,
  name: keyof RestAdapterOptions,
  kind: 'function' | 'boolean',
): void {
  const value = options[name]
  if (value !== undefined && typeof value !== kind) throw invalidOption(name, value, `a ${kind}`)
}

function checkUrl(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    throw invalidOption('url', value, 'an address such as https://api.example.com')
  }
  const url = new URL(value)
  const wrong = (wanted: string): SyncError => invalidOption('url', url.origin, wanted)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong('an address of https or http')
  // They would end up in logs, on the way and here; so neither is repeated in the message.
  if (url.username !== '' || url.password !== '')
    throw wrong('without a user name and a password; use `auth`')
  if (value.includes('?') || value.includes('#')) throw wrong('without a query and a fragment')
  return url.href.replace(/\/+$/, '')
}

function checkHeaders(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {}
  const wanted = 'an object of names and values of HTTP headers'
  if (typeof value !== 'object' || value === null) throw invalidOption('headers', value, wanted)
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string' || !isHeader(name, text))
      throw invalidOption(`headers.${name}`, typeof text, wanted)
  }
  return { ...(value as Readonly<Record<string, string>>) }
}

function isHeader(name: string, text: string): boolean {
  try {
    return new Headers([[name, text]]).has(name)
  } catch {
    return false
  }
}
