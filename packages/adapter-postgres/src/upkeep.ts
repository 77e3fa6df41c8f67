/** Purging, and the list of scopes. */
import { checkScope } from '@synclayer/adapter-kit'
import type { PurgeReport, PurgeRequest } from '@synclayer/core/adapter'
import { malformed, readAnswer } from './answer.ts'
import type { Backend } from './backend.ts'

const SCOPES_PER_CALL = 1_000

/**
 * Forgets tombstones from before a time, and results from before twice as long ago: some at a time, so that writers get in
 * between. The floor rises with each removal, so no cursor that still needs what goes is served (A4).
 */
export async function purge(
  { connection, schema }: Backend,
  { scope, before }: PurgeRequest,
): Promise<PurgeReport> {
  checkScope(scope)
  if (!Number.isFinite(before)) throw malformed('before')
  let tombstones = 0
  let results = 0
  for (;;) {
    const rows = await connection.run('purging', null, `SELECT ${schema}.purge($1, $2)::text`, [
      scope,
      before,
    ])
    const answer = readAnswer<PurgeReport & { readonly hasMore: boolean }>(rows)
    tombstones += answer.tombstones
    results += answer.results
    if (!answer.hasMore) return { tombstones, results }
  }
}

/** Every scope that was written to, in the order of first writes. */
export async function* listScopes({ connection, schema }: Backend): AsyncGenerator<string> {
  const text = `SELECT feed, scope FROM ${schema}.scopes($1, ${SCOPES_PER_CALL})`
  for (let after = '0'; ;) {
    const rows = await connection.run('listing scopes', null, text, [after])
    for (const [, scope] of rows) yield scope as string
    const [last] = rows.at(-1) ?? []
    if (typeof last !== 'string' || rows.length < SCOPES_PER_CALL) return
    after = last
  }
}
