/** Checks every option of `createSyncLayer` by code, unknown names too (D12), and puts in what was left out. */
import { checkStrategy } from '../conflict/reconcile.ts'
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { collectionNameProblem, scopeProblem } from '../document/check-names.ts'
import { isPlainObject } from '../document/plain.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Logger, LogLevel } from '../ports/logger.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import type { EngineSettings } from '../sync/sync-deps.ts'
import {
  checkBoolean,
  type CheckedCollection,
  checkCollectionOptions,
  checkFunction,
} from './check-collection.ts'
import { checkOptionNames, invalidOption } from './invalid-option.ts'
import { isLogLevel } from './log-levels.ts'
import type { Metrics } from './metrics.ts'
import { parseDuration } from './parse-duration.ts'

export interface CheckedOptions {
  /** Null where none was given. */
  readonly storage: Storage | null
  readonly adapter: BackendAdapter | null
  readonly collections: ReadonlyMap<string, CheckedCollection>
  readonly scopes: readonly string[]
  readonly conflicts: ConflictStrategy
  readonly settings: EngineSettings
  readonly durability: Durability
  readonly logger: { readonly level: LogLevel | 'off'; readonly logger: Logger | null }
  readonly metrics: ((metrics: Metrics) => void) | null
}

const NAMES = [
  'storage',
  'adapter',
  'collections',
  'scopes',
  'conflicts',
  'sync',
  'durability',
  'logger',
  'metrics',
  'onBackendReset',
] as const

const SYNC_NAMES = ['auto', 'interval', 'realtime', 'batchSize', 'timeout', 'retry'] as const

export function checkOptions(given: unknown): CheckedOptions {
  const options = checkOptionNames(given, 'options', NAMES)
  return {
    storage: checkStorage(options['storage']),
    adapter: checkAdapter(options['adapter']),
    collections: checkCollections(options['collections']),
    scopes: checkScopes(options['scopes'] ?? ['default']),
    conflicts: checkStrategy(options['conflicts'] ?? 'merge', 'conflicts'),
    settings: checkSettings(options['sync'] ?? {}, options['onBackendReset']),
    durability: oneOf(options['durability'] ?? 'process', 'durability', ['process', 'power'] as const),
    logger: checkLogger(options['logger'] ?? 'warning'),
    metrics: checkFunction(options['metrics'], 'metrics') as CheckedOptions['metrics'],
  }
}

/** Scopes, if they are that: at least one, each once. Throws INVALID_OPTION. */
export function checkScopes(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalidOption('scopes', value, 'an array of at least one scope')
  const scopes = (value as readonly unknown[]).map((scope, index) => {
    const problem = scopeProblem(scope)
    if (problem !== null) throw invalidOption(`scopes[${index}]`, scope, `a scope (it ${problem})`)
    return scope as string
  })
  return [...new Set(scopes)]
}

function checkStorage(value: unknown): Storage | null {
  if (value === undefined) return null
  if (hasMethods(value, ['open', 'read', 'commit', 'close'])) return value as Storage
  throw invalidOption('storage', value, 'a storage, such as memoryStorage() or sqliteStorage({ path })')
}

function checkAdapter(value: unknown): BackendAdapter | null {
  if (value === undefined) return null
  if (hasMethods(value, ['open', 'push', 'pull', 'fetch', 'close'])) return value as BackendAdapter
  throw invalidOption('adapter', value, 'an adapter, such as sqliteAdapter({ path })')
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

function checkCollections(value: unknown): ReadonlyMap<string, CheckedCollection> {
  const entries = Array.isArray(value)
    ? (value as readonly unknown[]).map((name) => [name, checkCollectionOptions({})] as const)
    : isPlainObject(value)
      ? Object.entries(value).map(([name, definition]) => [name, checkDefinition(name, definition)] as const)
      : null
  if (entries === null || entries.length === 0) {
    throw invalidOption(
      'collections',
      value,
      'a list of names, or an object of collection(…) by name, with at least one',
    )
  }
  for (const [name] of entries) {
    const problem = collectionNameProblem(name)
    if (problem !== null) throw invalidOption('collections', name, `named rightly: a name ${problem}`)
  }
  return new Map(entries as readonly (readonly [string, CheckedCollection])[])
}

function checkDefinition(name: string, definition: unknown): CheckedCollection {
  const checked = (definition as { readonly '~checked'?: CheckedCollection } | null | undefined)?.['~checked']
  if (checked !== undefined) return checked
  throw invalidOption(`collections.${name}`, definition, 'made by collection(…)')
}

function checkSettings(value: unknown, onBackendReset: unknown): EngineSettings {
  const sync = checkOptionNames(value, 'sync', SYNC_NAMES)
  const retry = checkOptionNames(sync['retry'] ?? {}, 'sync.retry', ['base', 'max'])
  const retryBaseMs = parseDuration(retry['base'] ?? '1s', 'sync.retry.base')
  const retryMaxMs = parseDuration(retry['max'] ?? '5m', 'sync.retry.max')
  if (retryMaxMs < retryBaseMs)
    throw invalidOption('sync.retry.max', retry['max'], 'at least sync.retry.base')
  return {
    auto: checkBoolean(sync['auto'], 'sync.auto', true),
    intervalMs: parseDuration(sync['interval'] ?? '5m', 'sync.interval'),
    realtime: checkBoolean(sync['realtime'], 'sync.realtime', true),
    batchSize: checkBatchSize(sync['batchSize'] ?? 500),
    timeoutMs: parseDuration(sync['timeout'] ?? '30s', 'sync.timeout'),
    retryBaseMs,
    retryMaxMs,
    onBackendReset: oneOf(onBackendReset ?? 'recover', 'onBackendReset', ['recover', 'accept'] as const),
  }
}

function checkBatchSize(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= 10_000) return value
  throw invalidOption('sync.batchSize', value, 'a whole number from 1 to 10000')
}

function checkLogger(value: unknown): CheckedOptions['logger'] {
  if (value === 'off' || isLogLevel(value)) return { level: value, logger: null }
  if (hasMethods(value, ['log'])) {
    const logger = value as Logger & { readonly level?: unknown }
    const level = logger.level ?? 'debug'
    if (isLogLevel(level)) return { level, logger }
    throw invalidOption('logger.level', level, 'debug, info, warning or error')
  }
  throw invalidOption('logger', value, 'debug, info, warning, error, off, or an object with a log method')
}

function oneOf<const Name extends string>(value: unknown, option: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value)
  if (found !== undefined) return found
  throw invalidOption(option, value, names.map((name) => `'${name}'`).join(' or '))
}
