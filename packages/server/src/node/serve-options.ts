import type { SyncServer } from '../contract.ts'
import { invalidOption } from '../invalid-option.ts'

/** What `serveSync` takes. Times are in milliseconds. */
export interface ServeOptions {
  /** What `createSyncServer` made, or something around it. It is closed with what serves it. */
  readonly server: Pick<SyncServer, 'fetch' | 'connect' | 'close'>
  /** 8787 when left out; 0 takes any that is free. */
  readonly port?: number
  /** The address to listen on. Only this machine reaches `127.0.0.1`, the default; `0.0.0.0` is for everyone. */
  readonly host?: string
  /** Who has not sent the head of a request in so long is answered 408 and cut off. 10,000 when left out. */
  readonly headersMs?: number
  /** The same for a whole request. 60,000 when left out. */
  readonly requestMs?: number
  /** How long a connection is kept without a request. 65,000 when left out: longer than proxies do. */
  readonly keepAliveMs?: number
  /** How long `close` waits for those that do not take their answer. 10,000 when left out. */
  readonly closeMs?: number
}

export type CheckedServeOptions = Required<ServeOptions>

const MOST_MS = 3_600_000

/** Checks the options and fills in the rest. Throws INVALID_OPTION naming the option. */
export function checkServeOptions(options: ServeOptions): CheckedServeOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object is expected')
  const { server, host = '127.0.0.1', port = 8787 } = options
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw invalid(name, 'there is no such option')
  }
  if (!isServer(server)) throw invalid('server', 'what createSyncServer made is expected')
  if (typeof host !== 'string' || host === '') throw invalid('host', 'the name of an address is expected')
  return {
    server,
    host,
    port: checkInteger('port', port, 0, 65_535),
    headersMs: checkInteger('headersMs', options.headersMs ?? 10_000, 1, MOST_MS),
    requestMs: checkInteger('requestMs', options.requestMs ?? 60_000, 1, MOST_MS),
    keepAliveMs: checkInteger('keepAliveMs', options.keepAliveMs ?? 65_000, 1, MOST_MS),
    closeMs: checkInteger('closeMs', options.closeMs ?? 10_000, 0, MOST_MS),
  }
}

const NAMES: ReadonlySet<string> = new Set<keyof ServeOptions>([
  'server',
  'port',
  'host',
  'headersMs',
  'requestMs',
  'keepAliveMs',
  'closeMs',
])

function isServer(value: unknown): value is CheckedServeOptions['server'] {
  if (typeof value !== 'object' || value === null) return false
  const server = value as Readonly<Record<string, unknown>>
  return ['fetch', 'connect', 'close'].every((name) => typeof server[name] === 'function')
}

function checkInteger(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(name, `a whole number from ${least} to ${most} is expected`)
}

function invalid(option: string, reason: string): Error {
  return invalidOption(option, reason, 'serveSync')
}
