import type { PushOutcome } from '@synclayer/core/adapter'

// Classes of SQLSTATE: data that does not fit, a broken constraint, and what a trigger of the user's signals.
const CLASSES: ReadonlySet<string> = new Set(['22', '23', '45'])
/** Of the general classes: truncated, wrong, or missing values, CHECK, generated columns, views, partitions, triggers at fault. */
const NUMBERS: ReadonlySet<number> = new Set([
  1265, 1364, 1366, 1369, 1411, 1442, 1526, 1644, 1748, 1906, 3105, 3819,
])
// How the servers name a constraint, or the column, in their messages, and nowhere else. Nothing is decided by it.
const NAMES: readonly RegExp[] = [
  /for key '(?<name>.+)'$/,
  /CONSTRAINT `(?<name>[^`]+)`/,
  /Check constraint '(?<name>[^']+)'/,
  /for column [`'](?:[^`]+`\.`[^`]+`\.`)?(?<name>[^`']+)[`'] at row/,
  /(?:Column|Field|column) '(?<name>[^']+)'/,
]

interface ServerError {
  readonly errno?: unknown
  readonly sqlState?: unknown
  readonly sqlMessage?: unknown
}

/** The refusal a broken constraint is answered with; undefined for any other error. */
export function constraintRefusal(error: unknown): PushOutcome | undefined {
  if (!(error instanceof Error)) return undefined
  const { errno, sqlState, sqlMessage } = error as ServerError
  if (typeof errno !== 'number' || typeof sqlState !== 'string') return undefined
  if (!CLASSES.has(sqlState.slice(0, 2)) && !NUMBERS.has(errno)) return undefined
  const reason = typeof sqlMessage === 'string' ? sqlMessage : `The database refused the row: error ${errno}`
  const constraint = NAMES.map((pattern) => pattern.exec(reason)?.groups?.['name']).find(
    (name) => name !== undefined,
  )
  const details = constraint === undefined ? { errno } : { errno, constraint }
  return { status: 'rejected', code: 'CONSTRAINT', reason, details }
}
