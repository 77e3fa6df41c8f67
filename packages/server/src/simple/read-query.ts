import { scopeProblem, SyncError } from '@synclayer/core/adapter'

/** What the query of a request asks for. */
export interface SimpleQuery {
  readonly scope: string
  /** Null: everything. */
  readonly since: string | null
  readonly limit: number
}

const DEFAULT_LIMIT = 1_000
const LIMIT = /^\d{1,9}$/

/** Throws PROTOCOL with `details.path`. What is not known is passed over. */
export function readQuery(query: URLSearchParams): SimpleQuery {
  const scope = query.get('scope') ?? 'default'
  const problem = scopeProblem(scope)
  if (problem !== null) throw refused('scope', problem)
  const limit = query.get('limit') ?? `${DEFAULT_LIMIT}`
  if (!LIMIT.test(limit)) throw refused('limit', 'must be a whole number, 0 or more')
  const since = query.get('since') ?? ''
  return { scope, since: since === '' || since === 'null' ? null : since, limit: Number(limit) }
}

function refused(path: string, reason: string): SyncError {
  return new SyncError('PROTOCOL', `${path} of the query ${reason}`, { details: { path, reason } })
}
