/** Turns what comes from outside (an app's options, a request) into a filter that can be relied on, or says what is wrong. */
import { isPlainObject } from '../document/plain.ts'
import type { Filter, NullOperator, Operator, ValueOperator } from '../protocol/filter.ts'
import type { Path } from '../protocol/identifiers.ts'
import type { Json } from '../shared/json.ts'
import { checkText, describeType, invalidOption, parseJson } from './parse-json.ts'

/** What the value of an operator must be. */
const OPERAND = {
  '==': 'any',
  '!=': 'any',
  '<': 'any',
  '<=': 'any',
  '>': 'any',
  '>=': 'any',
  in: 'array',
  'not-in': 'array',
  'array-contains': 'any',
  'array-contains-any': 'array',
  contains: 'string',
  'starts-with': 'string',
  'ends-with': 'string',
  'is-null': 'none',
  'is-not-null': 'none',
} as const satisfies Record<Operator, 'any' | 'array' | 'string' | 'none'>

const MAX_FILTER_DEPTH = 100
const MAX_PATH_LENGTH = 100

/** True when `value` names an operator of a condition. */
export function isOperator(value: unknown): value is Operator {
  return typeof value === 'string' && Object.hasOwn(OPERAND, value)
}

/**
 * Checks a filter from outside and copies it. Paths may be dotted strings or arrays of keys; they come out as arrays.
 * Throws INVALID_OPTION with the place of the mistake in `details.path`, such as `filter.filters[1].value`.
 *
 * @param at what the message calls the whole, `filter` unless said otherwise
 */
export function parseFilter(value: unknown, at = 'filter'): Filter {
  return parseNode(value, at, 0)
}

function parseNode(value: unknown, at: string, depth: number): Filter {
  if (depth >= MAX_FILTER_DEPTH) throw invalidOption(at, `is nested deeper than ${MAX_FILTER_DEPTH} levels`)
  if (!isPlainObject(value)) throw invalidOption(at, `must be a filter, not ${describeType(value)}`)
  const op = Object.hasOwn(value, 'op') ? value['op'] : undefined
  if (op === 'and' || op === 'or') {
    const filters = value['filters']
    checkKeys(value, ['op', 'filters'], at)
    if (!Array.isArray(filters)) throw invalidOption(`${at}.filters`, 'must be an array of filters')
    return {
      op,
      filters: Array.from(filters, (part, i) => parseNode(part, `${at}.filters[${i}]`, depth + 1)),
    }
  }
  if (op === 'not') {
    checkKeys(value, ['op', 'filter'], at)
    return { op, filter: parseNode(value['filter'], `${at}.filter`, depth + 1) }
  }
  if (!isOperator(op)) throw invalidOption(`${at}.op`, unknownOperator(op))
  const needsValue = OPERAND[op] !== 'none'
  checkKeys(value, needsValue ? ['op', 'path', 'value'] : ['op', 'path'], at)
  const path = parsePath(value['path'], `${at}.path`)
  return parseCondition(path, op, value['value'], `${at}.value`)
}

/** A condition on one path; `at` names the place of its value. Throws INVALID_OPTION. */
export function parseCondition(path: Path, op: Operator, value: unknown, at: string): Filter {
  const operand = OPERAND[op]
  if (operand === 'none') {
    if (value !== undefined) throw invalidOption(at, `must be left out: '${op}' takes no value`)
    return { op: op as NullOperator, path }
  }
  return { op: op as ValueOperator, path, value: parseOperand(op, operand, value, at) }
}

function parseOperand(op: Operator, kind: 'any' | 'array' | 'string', value: unknown, at: string): Json {
  if (value === undefined) throw invalidOption(at, `is missing: '${op}' needs a value (null is one)`)
  if (kind === 'array' && !Array.isArray(value)) {
    throw invalidOption(at, `must be an array for '${op}', not ${describeType(value)}`)
  }
  if (kind === 'string' && typeof value !== 'string') {
    throw invalidOption(at, `must be a string for '${op}', not ${describeType(value)}`)
  }
  return parseJson(value, at)
}

/** Tells an operator that is none from one that is missing. */
export function unknownOperator(op: unknown): string {
  const known = Object.keys(OPERAND).join(' ')
  return typeof op === 'string'
    ? `is '${op}', which is no operator; there are ${known}`
    : `must be an operator, not ${describeType(op)}; there are ${known}`
}

/** A typo such as `vaule` must not pass as a condition without a value. */
function checkKeys(value: Readonly<Record<string, unknown>>, allowed: readonly string[], at: string): void {
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key) && value[key] !== undefined) {
      throw invalidOption(
        `${at}.${key}`,
        `is unknown here; a '${String(value['op'])}' filter has ${allowed.join(', ')}`,
      )
    }
  }
}

/**
 * A path as keys. A string is split at its dots (`'user.name'`), so keys that hold dots need the array form. Throws
 * INVALID_OPTION.
 */
export function parsePath(value: unknown, at = 'path'): Path {
  const keys: unknown = typeof value === 'string' ? value.split('.') : value
  if (!Array.isArray(keys)) {
    throw invalidOption(at, `must be a dotted string or an array of keys, not ${describeType(value)}`)
  }
  if (keys.length === 0) throw invalidOption(at, 'is empty')
  if (keys.length > MAX_PATH_LENGTH) throw invalidOption(at, `has more than ${MAX_PATH_LENGTH} keys`)
  return Array.from(keys as readonly unknown[], (key, i) => {
    if (typeof key !== 'string')
      throw invalidOption(`${at}[${i}]`, `must be a string, not ${describeType(key)}`)
    if (key === '' && typeof value === 'string') {
      throw invalidOption(at, `'${value}' has an empty key; name empty keys in the array form`)
    }
    if (key === '__proto__') throw invalidOption(at, 'has the key __proto__, which no document can hold')
    checkText(key, at)
    return key
  })
}
