/** The server's options, checked. */
import { invalidOption, SyncError } from '@synclayer/core/adapter'
import type { ServerLimits } from '@synclayer/server'
import { LOG_LEVELS, type LogLevelOption } from '../log/create-log.ts'
import { isLoopback } from '../loopback.ts'
import { type Access, readAccess } from './access.ts'
import { type BackendOptions, readBackend } from './backend.ts'
import type { Given, GivenOptions } from './given-options.ts'
import type { ServerOptionName } from './option-table.ts'
import { readBytes, readChoice, readCount, readDuration, readFlag, readWait } from './read-values.ts'

export interface ServerOptions {
  readonly backend: BackendOptions
  /** The folder of a built app; null where none is served. */
  readonly app: string | null
  readonly host: string
  readonly port: number
  readonly cors: readonly string[] | '*'
  readonly access: Access
  /** Null: tokens come from elsewhere. */
  readonly demoSignIn: { readonly expiresInMs: number } | null
  /** Null: nothing is forgotten. */
  readonly retentionMs: number | null
  readonly purgeIntervalMs: number
  readonly limits: Required<ServerLimits>
  readonly logLevel: LogLevelOption
}

const DEFAULT_PORT = 8787
const LOOPBACK = '127.0.0.1'
/** Timers hold no more. */
const LONGEST_INTERVAL = '24d'
const MIB = 1024 * 1024

/** Throws INVALID_OPTION for the first that will not do. */
export function readServerOptions(
  given: GivenOptions<ServerOptionName>,
  environment: NodeJS.ProcessEnv,
): ServerOptions {
  const access = readAccess(given, environment)
  const demoSignIn = readDemoSignIn(given, access)
  const retention = given.option('retention')
  return {
    backend: readBackend(given),
    app: given.option('app')?.text ?? null,
    host: demoSignIn === null ? readHost(given.option('host'), access) : readDemoHost(given),
    port: readCount(given.option('port'), DEFAULT_PORT, { least: 0, most: 65_535 }),
    cors: readCors(given.list('cors'), access),
    access,
    demoSignIn,
    retentionMs: retention?.text === 'forever' ? null : readDuration(retention, '90d'),
    purgeIntervalMs: readWait(given.option('purge-interval'), '6h', LONGEST_INTERVAL),
    limits: readLimits(given),
    logLevel: readChoice(given.option('log-level'), 'info', LOG_LEVELS),
  }
}

/** Longer, and nobody would see how tokens end. */
const LONGEST_DEMO_TOKEN = '1d'

function readDemoSignIn(given: GivenOptions<ServerOptionName>, access: Access): ServerOptions['demoSignIn'] {
  const flag = given.option('demo-sign-in')
  const expires = given.option('demo-expires')
  if (!readFlag(flag)) {
    if (expires === undefined) return null
    throw new SyncError('INVALID_OPTION', `${expires.from} is about --demo-sign-in: give that too.`)
  }
  if (access.kind === 'jwks') {
    throw new SyncError(
      'INVALID_OPTION',
      `${flag?.from} makes tokens itself, and --jwks are the keys of others: give one.`,
    )
  }
  return { expiresInMs: readWait(expires, '15m', LONGEST_DEMO_TOKEN) }
}

/** Whoever reaches the server may take any name: that it is reached from elsewhere must be meant, and not left over in the environment. */
function readDemoHost(given: GivenOptions<ServerOptionName>): string {
  const host = given.option('host')
  if (host === undefined || isLoopback(host.text)) return host?.text ?? LOOPBACK
  const isMeant = host.from === '--host' && given.option('demo-sign-in')?.from === '--demo-sign-in'
  if (isMeant) return host.text
  throw new SyncError(
    'INVALID_OPTION',
    `${host.from} ${host.text} would let everyone who can reach this machine sign in under any name, without a password. ` +
      'If that is what you want, give both --host and --demo-sign-in on the command line.',
    { details: { option: 'host' } },
  )
}

function readHost(given: Given | undefined, access: Access): string {
  const host = given?.text ?? LOOPBACK
  if (access.kind !== 'open' || isLoopback(host)) return host
  throw new SyncError(
    'INVALID_OPTION',
    `${given?.from ?? '--host'} ${host} would serve everyone who can reach this machine, without asking who they are. ` +
      'Set SYNCLAYER_SECRET (32 bytes or more; openssl rand -hex 32 makes one), or --secret-file or --jwks, or leave the host out.',
    { details: { option: 'host' } },
  )
}

function readCors(given: readonly Given[], access: Access): readonly string[] | '*' {
  const every = given.find(({ text }) => text === '*')
  if (every !== undefined) {
    if (access.kind !== 'open') return '*'
    throw new SyncError(
      'INVALID_OPTION',
      `${every.from} * without tokens would let every page that is opened on this machine read and write the data. ` +
        'Name the origins, or set SYNCLAYER_SECRET or --jwks.',
      { details: { option: 'cors' } },
    )
  }
  return given.map(({ text, from }) => {
    if (URL.canParse(text) && new URL(text).origin === text) return text
    throw invalidOption(
      from,
      text,
      'origins such as https://app.example.com, without a path or a slash at the end',
    )
  })
}

function readLimits(given: GivenOptions<ServerOptionName>): Required<ServerLimits> {
  const count = (name: ServerOptionName, fallback: number): number =>
    readCount(given.option(name), fallback, { least: 1, most: 1_000_000 })
  return {
    bodyBytes: readBytes(given.option('max-body'), 16 * MIB, { least: MIB / 8, most: 1024 * MIB }),
    batch: count('max-batch', 1_000),
    pageChanges: count('max-page', 5_000),
    ids: count('max-ids', 1_000),
    requestsPerSecond: count('max-rate', 100),
    burst: count('max-burst', 1_000),
    sockets: count('max-sockets', 100),
    subscriptions: count('max-subscriptions', 100),
    requestMs: readWait(given.option('request-timeout'), '30s', '30m'),
  }
}
