/** Assertions of the suites: few, and without a test framework. A failure says what was expected and what was found. */
import { isSyncError, type SyncError } from '@synclayer/core/storage'

type ErrorCode = SyncError['code']

/** Fails unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Fails unless both are deeply equal: the same JSON structure, bytes and undefined included. */
export function assertEqual(actual: unknown, expected: unknown, what = 'value'): void {
  const difference = firstDifference(actual, expected, '')
  if (difference === null) return
  throw new Error(
    `${what}${difference.path}: expected ${show(difference.expected)}, got ${show(difference.actual)}`,
  )
}

/** Fails where both are deeply equal. */
export function assertNotEqual(actual: unknown, unexpected: unknown, what = 'value'): void {
  if (firstDifference(actual, unexpected, '') === null)
    throw new Error(`${what}: did not expect ${show(actual)}`)
}

/** Fails unless the value is there, and answers it. */
export function assertPresent<T>(value: T | null | undefined, what = 'value'): T {
  if (value === null || value === undefined)
    throw new Error(`${what}: expected something, got ${String(value)}`)
  return value
}

/** Fails unless the call rejects with a SyncError of this code, and answers the error. */
export async function assertRejects(
  call: () => Promise<unknown>,
  code: ErrorCode,
  what = 'call',
): Promise<SyncError> {
  let answer: unknown
  try {
    answer = await call()
  } catch (error) {
    if (isSyncError(error, code)) return error
    throw new Error(`${what}: expected a SyncError ${code}, got ${String(error)}`, { cause: error })
  }
  throw new Error(`${what}: expected a SyncError ${code}, but it resolved with ${show(answer)}`)
}

interface Difference {
  readonly path: string
  readonly actual: unknown
  readonly expected: unknown
}

function firstDifference(actual: unknown, expected: unknown, path: string): Difference | null {
  if (Object.is(actual, expected)) return null
  const here = { path, actual, expected }
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null)
    return here
  if (Array.isArray(actual) !== Array.isArray(expected)) return here
  if (ArrayBuffer.isView(actual) !== ArrayBuffer.isView(expected)) return here
  const left = actual as Readonly<Record<string, unknown>>
  const right = expected as Readonly<Record<string, unknown>>
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const difference = firstDifference(left[key], right[key], `${path}.${key}`)
    if (difference !== null) return difference
  }
  return null
}

const LONGEST_SHOWN = 300

function show(value: unknown): string {
  // JSON has no text for undefined and functions, whatever its type says.
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)` : text
}
