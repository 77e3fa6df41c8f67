/** Checks and copies JSON values that come from outside, by the rules documents obey (D1, D2). */
import { isPlainObject } from '../document/plain.ts'
import { isStorableText, textProblem } from '../document/text.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Json } from '../shared/json.ts'

const MAX_DEPTH = 100

/** INVALID_OPTION that names the place of the mistake, in the message and as `details.path`. */
export function invalidOption(at: string, problem: string): SyncError {
  return new SyncError('INVALID_OPTION', `${at} ${problem}`, { details: { path: at } })
}

/** Names a value in messages: 'null', 'an array', 'a string', … */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Throws INVALID_OPTION where the text is one no document can hold. */
export function checkText(text: string, at: string): void {
  if (!isStorableText(text)) throw invalidOption(at, textProblem(text))
}

/** A copy of a JSON value, so that changing the original later changes nothing. Throws INVALID_OPTION. */
export function parseJson(value: unknown, at: string, depth = 0): Json {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    checkText(value, at)
    return value
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalidOption(at, `is ${value}, which JSON has no place for`)
    return value + 0 // -0 becomes 0 (D2)
  }
  if (typeof value !== 'object') throw invalidOption(at, `is ${describeType(value)}, not JSON`)
  if (depth >= MAX_DEPTH) throw invalidOption(at, `is nested deeper than ${MAX_DEPTH} levels, or in a cycle`)
  if (Array.isArray(value))
    return Array.from(value, (member, i) => parseJson(member, `${at}[${i}]`, depth + 1))
  return parseObject(value, at, depth)
}

function parseObject(value: object, at: string, depth: number): Json {
  if (!isPlainObject(value)) throw invalidOption(at, `is an instance of a class, not plain JSON`)
  const copy: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    if (key === '__proto__') throw invalidOption(at, 'has the key __proto__')
    checkText(key, at)
    copy[key] = parseJson(member, `${at}.${key}`, depth + 1)
  }
  return copy
}
