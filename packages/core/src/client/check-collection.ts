/** Checks what an app says of a collection (D12). */
import { type FieldRule, parseFieldPolicies } from '../conflict/field-policies.ts'
import { checkStrategy } from '../conflict/reconcile.ts'
import type { ConflictStrategy } from '../conflict/resolver.ts'
import { isPlainObject } from '../document/plain.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import { type IndexDefinition, parseIndexes } from '../query/index-definition.ts'
import type { JsonObject } from '../shared/json.ts'
import { checkOptionNames, invalidOption } from './invalid-option.ts'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'

type Migration = (document: JsonObject) => unknown

/** A collection's options, all there and all right. */
export interface CheckedCollection {
  readonly indexes: readonly IndexDefinition[]
  readonly schema: StandardSchema | null
  readonly version: number
  readonly migrate: ReadonlyMap<number, Migration>
  readonly local: boolean
  readonly scope: ((document: JsonObject) => unknown) | null
  /** Null: as everywhere. */
  readonly conflicts: ConflictStrategy | null
  readonly fields: readonly FieldRule[]
}

const NAMES = ['indexes', 'schema', 'version', 'migrate', 'local', 'scope', 'conflicts', 'fields'] as const

export function checkCollectionOptions(given: unknown): CheckedCollection {
  const options = checkOptionNames(given, 'collection', NAMES)
  const version = checkVersion(options['version'])
  return {
    indexes: named('collection.indexes', () => parseIndexes(options['indexes'] ?? [], 'collection.indexes')),
    schema: checkSchema(options['schema']),
    version,
    migrate: checkMigrations(options['migrate'], version),
    local: checkBoolean(options['local'], 'collection.local', false),
    scope: checkFunction(options['scope'], 'collection.scope') as CheckedCollection['scope'],
    conflicts:
      options['conflicts'] === undefined ? null : checkStrategy(options['conflicts'], 'collection.conflicts'),
    fields:
      options['fields'] === undefined
        ? []
        : named('collection.fields', () => parseFieldPolicies(options['fields'])),
  }
}

/** The boolean, `fallback` where none is given. Throws INVALID_OPTION. */
export function checkBoolean(value: unknown, option: string, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  throw invalidOption(option, value, 'true or false')
}

/** The function, null where none is given. Throws INVALID_OPTION. */
export function checkFunction(value: unknown, option: string): ((...given: never) => unknown) | null {
  if (value === undefined) return null
  if (typeof value === 'function') return value as (...given: never) => unknown
  throw invalidOption(option, value, 'a function')
}

function checkVersion(value: unknown): number {
  if (value === undefined) return 1
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw invalidOption('collection.version', value, 'a whole number of 1 or more')
}

function checkSchema(value: unknown): StandardSchema | null {
  if (value === undefined) return null
  if (isStandardSchema(value)) return value
  throw invalidOption(
    'collection.schema',
    value,
    'a Standard Schema, such as those of zod, valibot and arktype',
  )
}

function checkMigrations(value: unknown, version: number): ReadonlyMap<number, Migration> {
  if (value === undefined) return new Map()
  if (!isPlainObject(value))
    throw invalidOption('collection.migrate', value, 'an object of functions by version')
  return new Map(
    Object.entries(value).map(([key, migrate]) => {
      const option = `collection.migrate.${key}`
      const to = Number(key)
      if (!Number.isSafeInteger(to) || to < 2 || to > version) {
        throw new SyncError(
          'INVALID_OPTION',
          `${option} leads to no version: they go from 2 to ${version}, the collection's version.`,
          { details: { option } },
        )
      }
      if (typeof migrate !== 'function') throw invalidOption(option, migrate, 'a function')
      return [to, migrate as Migration]
    }),
  )
}

/** What another module refuses, told with the option's name as everywhere. */
function named<T>(option: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!isSyncError(error)) throw error
    const { path, option: inner } = error.details
    const place = typeof path === 'string' ? path : typeof inner === 'string' ? `collection.${inner}` : option
    const message = error.message.startsWith('collection.') ? error.message : `collection.${error.message}`
    throw new SyncError('INVALID_OPTION', message, { cause: error, details: { option: place } })
  }
}
