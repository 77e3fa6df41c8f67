/**
 * What a document may be (D1, D2), and the one walk that checks a value and copies it. The copy is the engine's own:
 * whatever the app does to its object afterwards, what was saved stays.
 */
import { type ErrorCode } from '../errors/codes.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { isPlainArray, isPlainObject } from './plain.ts'
import { isStorableText, textProblem } from './text.ts'

/** The most levels a document may have, itself counted. */
export const MAX_LEVELS = 100

export interface CopyLimits {
  /** The most levels, the value itself counted. 100 unless told. */
  readonly maxLevels?: number
}

/**
 * Checks a document and makes a plain copy: undefined properties are dropped, -0 becomes 0, objects without a prototype
 * become ordinary ones. Properties that do not enumerate, and extra properties of arrays, are passed over as JSON does.
 *
 * Throws INVALID_DOCUMENT with `details.path` and `details.reason` for anything that JSON cannot carry unchanged.
 */
export function copyDocument(value: unknown, limits: CopyLimits = {}): JsonObject {
  const walk = startWalk('INVALID_DOCUMENT', 'document', limits)
  if (isPlainObject(value)) return copyObject(value, walk)
  throw refusal(walk, undefined, describeOther(value, 'a plain object'))
}

/** The same for any JSON value, inside a mutation or a filter: throws `code` instead. */
export function copyJson(value: unknown, code: ErrorCode, name: string, limits: CopyLimits = {}): Json {
  return copyValue(value, startWalk(code, name, limits), undefined)
}

/** Where a walk is. The path is only kept for containers, so that flat documents pay nothing for it. */
interface Walk {
  readonly code: ErrorCode
  readonly name: string
  readonly maxLevels: number
  readonly keys: (string | number)[]
  readonly containers: object[]
}

function startWalk(code: ErrorCode, name: string, limits: CopyLimits): Walk {
  return { code, name, maxLevels: limits.maxLevels ?? MAX_LEVELS, keys: [], containers: [] }
}

function copyValue(value: unknown, walk: Walk, key: string | number | undefined): Json {
  switch (typeof value) {
    case 'string':
      if (isStorableText(value)) return value
      throw refusal(walk, key, textProblem(value))
    case 'number':
      if (Number.isFinite(value)) return value + 0 // -0 + 0 is 0.
      throw refusal(walk, key, `${value} is a number JSON cannot hold; save null or a string`)
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      return copyContainer(value, walk, key)
    default:
      throw refusal(walk, key, describeOther(value, 'JSON'))
  }
}

function copyContainer(value: object, walk: Walk, key: string | number | undefined): Json {
  if (key !== undefined) walk.keys.push(key)
  const copy = isPlainObject(value) ? copyObject(value, walk) : copyArray(value, walk)
  if (key !== undefined) walk.keys.pop()
  return copy
}

function copyObject(source: Readonly<Record<string, unknown>>, walk: Walk): JsonObject {
  enter(source, walk)
  const symbols = Object.getOwnPropertySymbols(source)
  if (symbols.length > 0) refuseSymbols(source, symbols, walk)
  const copy: Record<string, Json> = {}
  for (const key of Object.keys(source)) {
    if (key === '__proto__') throw refusal(walk, key, 'the key __proto__ is not allowed; name it otherwise')
    if (!isStorableText(key)) throw refusal(walk, key, `the key ${textProblem(key)}`)
    const descriptor = Object.getOwnPropertyDescriptor(source, key)
    if (descriptor === undefined) continue
    if (descriptor.get !== undefined || descriptor.set !== undefined) {
      throw refusal(walk, key, 'it is computed by a getter; save its value instead')
    }
    // By name and not from the descriptor: a proxy answers here with what it wants to be seen.
    const value = source[key]
    if (value !== undefined) copy[key] = copyValue(value, walk, key)
  }
  walk.containers.pop()
  return copy
}

function copyArray(source: object, walk: Walk): Json {
  if (!isPlainArray(source)) throw refusal(walk, undefined, describeOther(source, 'JSON'))
  enter(source, walk)
  const copy: Json[] = []
  for (let index = 0; index < source.length; index++) {
    const value = source[index]
    if (value === undefined) {
      const what = Object.hasOwn(source, index) ? 'undefined' : 'an empty slot'
      throw refusal(walk, index, `an array cannot hold ${what}; use null, or leave the element out`)
    }
    copy.push(copyValue(value, walk, index))
  }
  walk.containers.pop()
  return copy
}

function enter(container: object, walk: Walk): void {
  walk.containers.push(container)
  if (walk.containers.length <= walk.maxLevels) return
  // A cycle never ends, so it is always found here, and looking for it costs nothing before.
  const { containers } = walk
  const again = containers.findIndex((other, index) => containers.indexOf(other) < index)
  if (again > 0) {
    walk.keys.length = again
    throw refusal(walk, undefined, 'it contains itself; save a copy without the cycle, or ids instead')
  }
  throw refusal(walk, undefined, `it is nested deeper than ${walk.maxLevels} levels; flatten it`)
}

function refuseSymbols(source: object, symbols: readonly symbol[], walk: Walk): void {
  for (const symbol of symbols) {
    if (Object.prototype.propertyIsEnumerable.call(source, symbol)) {
      throw refusal(walk, String(symbol), 'keys must be strings, not symbols; JSON would lose it')
    }
  }
}

/** Says what a value is that is not `wanted`, and what to do about it. */
function describeOther(value: unknown, wanted: string): string {
  if (value === undefined) return `undefined is not ${wanted}`
  if (value === null) return `null is not ${wanted}`
  if (typeof value === 'bigint') return 'a BigInt is not JSON; save it as a string'
  if (typeof value === 'function') return 'a function cannot be saved'
  if (typeof value === 'symbol') return 'a symbol cannot be saved'
  if (typeof value !== 'object') return `a ${typeof value} is not ${wanted}`
  if (Array.isArray(value) && isPlainArray(value)) return `an array is not ${wanted}`
  const name = className(value)
  if (name === 'Date') return 'a Date is not JSON; save date.toISOString() or date.getTime()'
  if (name === 'Map' || name === 'Set') return `a ${name} is not JSON; save it as a plain object or an array`
  return `an instance of ${name} is not plain JSON; save a plain object`
}

function className(value: object): string {
  const made: unknown = (value as { readonly constructor?: unknown }).constructor
  return typeof made === 'function' && made.name !== '' ? made.name : 'a class'
}

function refusal(walk: Walk, key: string | number | undefined, reason: string): SyncError {
  const path = formatPath(key === undefined ? walk.keys : [...walk.keys, key])
  const where = path === '' ? `The ${walk.name}` : `${path} of the ${walk.name}`
  return new SyncError(walk.code, `${where} is refused: ${reason}.`, { details: { path, reason } })
}

/** `user.tags[2]`, with brackets and quotes where a key is no plain name. Empty for the value itself. */
export function formatPath(keys: readonly (string | number)[]): string {
  let path = ''
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`
    else if (/^[\p{L}\p{N}_$-]+$/u.test(key)) path += path === '' ? key : `.${key}`
    else path += `[${JSON.stringify(key)}]`
  }
  return path
}
