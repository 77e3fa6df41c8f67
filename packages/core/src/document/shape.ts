/**
 * Small readers for values from outside, and the one promise they all make: whatever comes, what is thrown is a
 * SyncError that says where the mistake is (`details.path`).
 */
import type { ErrorCode } from '../errors/codes.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import { isPlainObject } from './plain.ts'

/** An object whose members are looked at by name. */
export type Members = Readonly<Record<string, unknown>>

/** What is wrong, and where. Caught by `guarded` and by those who go on without the one bad part. */
export class ShapeError extends Error {
  readonly path: string

  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

/** Runs a check; what it finds, or anything else it throws, comes out as a SyncError of that code. */
export function guarded<Result>(code: ErrorCode, what: string, check: () => Result): Result {
  try {
    return check()
  } catch (error) {
    if (isSyncError(error, code)) throw error
    const { path, reason } = explain(error)
    const where = path === '' ? `The ${what}` : `${path} of the ${what}`
    throw new SyncError(code, `${where} ${reason}.`, { cause: error, details: { path, reason } })
  }
}

/** Path and reason of anything a check threw. */
export function explain(error: unknown): { readonly path: string; readonly reason: string } {
  if (error instanceof ShapeError) return { path: error.path, reason: error.message }
  if (isSyncError(error)) {
    const { path, reason } = error.details
    return {
      path: typeof path === 'string' ? path : '',
      reason: typeof reason === 'string' ? reason : error.message,
    }
  }
  return { path: '', reason: 'cannot be read' }
}

export function readObject(value: unknown, path: string): Members {
  if (!isPlainObject(value)) throw new ShapeError(path, 'must be an object')
  return value
}

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ShapeError(path, 'must be an array')
  return value
}

export function readText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new ShapeError(path, 'must be a string')
  if (value === '') throw new ShapeError(path, 'must not be empty')
  return value
}

export function readCount(value: unknown, path: string): number {
  if (!isCount(value)) throw new ShapeError(path, 'must be a whole number, 0 or more')
  return value
}

export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'must be true or false')
  return value
}

/** Milliseconds since 1970, or null. */
export function readServerTime(value: unknown, path: string): number | null {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  throw new ShapeError(path, 'must be milliseconds since 1970, or null')
}

/** Throws where a `…Problem` function found one. */
export function refuse(problem: string | null, path: string): void {
  if (problem !== null) throw new ShapeError(path, problem)
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
