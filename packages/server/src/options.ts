import type { BackendAdapter, Clock, Logger, Random } from '@synclayer/core/adapter'
import type { Authenticate, Authorize } from './contract.ts'
import { invalidOption } from './invalid-option.ts'
import { type CheckedLimits, checkLimits, type ServerLimits } from './limits.ts'
import type { Timers } from './realtime-deps.ts'
import { systemDeps } from './system-deps.ts'

/** Which pages of other origins may speak to the server: their origins, `*` for all, or a function that decides. */
export type CorsOption = readonly string[] | '*' | ((origin: string) => boolean)

/** What `createSyncServer` takes. */
export interface SyncServerOptions {
  /** The backend. The server opens it, and closes it. */
  readonly adapter: BackendAdapter
  /** Answers who has a token; `jwtAuthentication` is one ready made. */
  readonly authenticate: Authenticate
  /** May refuse any mutation. Left out, whoever may use a scope may write whatever he likes in it. */
  readonly authorize?: Authorize
  /** The collections that are served; all, where none are named. */
  readonly collections?: readonly string[]
  /** Left out, only pages of the server's own host may speak to it; what sends no `Origin` is no page. */
  readonly cors?: CorsOption
  /** Where the endpoints are, such as `/api` for `/api/sync/push`. At the root when left out. */
  readonly basePath?: string
  readonly limits?: ServerLimits
  /** Warnings and errors go to the console when left out. No token, document or query string is logged. */
  readonly logger?: Logger
  /** For tests. */
  readonly clock?: Clock
  /** For tests. */
  readonly random?: Random
  /** For tests. */
  readonly timers?: Timers
}

/** The options, checked, with every default filled in. */
export interface CheckedOptions {
  readonly adapter: BackendAdapter
  readonly authenticate: Authenticate
  readonly authorize: Authorize | null
  readonly collections: readonly string[] | null
  readonly cors: CorsOption
  readonly basePath: string
  readonly limits: CheckedLimits
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

const NAMES: ReadonlySet<string> = new Set<keyof SyncServerOptions>([
  'adapter',
  'authenticate',
  'authorize',
  'collections',
  'cors',
  'basePath',
  'limits',
  'logger',
  'clock',
  'random',
  'timers',
])

const COLLECTION_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
const BASE_PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/

/** Checks the options by code, since not every caller has types. Throws INVALID_OPTION naming the option. */
export function checkOptions(options: SyncServerOptions): CheckedOptions {
  if (!isObject(options)) throw invalidOption('options', 'an object is expected')
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw invalidOption(name, 'there is no such option')
  }
  const { adapter, authenticate, authorize, basePath = '' } = options
  if (!isAdapter(adapter)) throw invalidOption('adapter', 'a backend adapter is expected')
  if (typeof authenticate !== 'function') throw invalidOption('authenticate', 'a function is expected')
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw invalidOption('authorize', 'a function is expected')
  }
  if (typeof basePath !== 'string' || !BASE_PATH.test(basePath)) {
    throw invalidOption('basePath', 'a path such as /api is expected, without a slash at its end')
  }
  return {
    adapter,
    authenticate,
    authorize: authorize ?? null,
    collections: checkCollections(options.collections),
    cors: checkCors(options.cors),
    basePath,
    limits: checkLimits(options.limits),
    logger: quiet(checkPort(options, 'logger', ['log'])),
    clock: checkPort(options, 'clock', ['now']),
    random: checkPort(options, 'random', ['bytes', 'next']),
    timers: checkPort(options, 'timers', ['after']),
  }
}

function checkCollections(value: unknown): readonly string[] | null {
  if (value === undefined) return null
  const isList = Array.isArray(value) && value.every((name) => COLLECTION_NAME.test(String(name)))
  if (!isList) throw invalidOption('collections', 'a list of names of collections is expected')
  return [...(value as readonly string[])]
}

function checkCors(value: unknown): CorsOption {
  if (value === undefined) return []
  if (value === '*' || typeof value === 'function') return value as CorsOption
  if (Array.isArray(value) && value.every(isOrigin)) return [...(value as readonly string[])]
  throw invalidOption('cors', "'*', a function, or a list of origins such as https://example.com is expected")
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (value === 'null') return true
  return URL.canParse(value) && (new URL(value).origin === value || new URL(value).origin === 'null')
}

function isAdapter(value: unknown): value is BackendAdapter {
  return (
    isObject(value) &&
    isObject(value['capabilities']) &&
    ['open', 'push', 'pull', 'fetch', 'close'].every((name) => typeof value[name] === 'function')
  )
}

function checkPort<Name extends 'logger' | 'clock' | 'random' | 'timers'>(
  options: SyncServerOptions,
  name: Name,
  methods: readonly string[],
): CheckedOptions[Name] {
  const port: unknown = options[name] ?? systemDeps[name]
  const isSound = isObject(port) && methods.every((method) => typeof port[method] === 'function')
  if (!isSound) throw invalidOption(name, `an object with ${methods.join(' and ')} is expected`)
  return port as unknown as CheckedOptions[Name]
}

/** A logger that throws is ignored. */
function quiet(logger: Logger): Logger {
  return {
    log(level, message, details) {
      try {
        logger.log(level, message, details)
      } catch {
        // There is nobody left to tell.
      }
    },
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
