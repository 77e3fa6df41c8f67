import type { PushOutcome } from '@synclayer/core/adapter'
import { sqliteCode } from '../map-error.ts'

const FAILED = /constraint failed: (.*)$/

/** The refusal a broken constraint is answered with; undefined for any other error. */
export function constraintRefusal(error: unknown): PushOutcome | undefined {
  const code = sqliteCode(error)
  if (code === undefined || !code.startsWith('SQLITE_CONSTRAINT')) return undefined
  const reason = (error as Error).message
  // SQLite names the constraint, or its columns, in the message and nowhere else. Nothing is decided by it.
  const constraint = FAILED.exec(reason)?.[1]
  const details = constraint === undefined ? { sqlite: code } : { sqlite: code, constraint }
  return { status: 'rejected', code: 'CONSTRAINT', reason, details }
}
