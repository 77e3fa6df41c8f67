import type { Backend } from './backend.ts'

const SCOPES_PER_STEP = 1_000

/** Every scope that was written to, in the order of first writes. */
export async function* listScopes({ database }: Backend): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const rows = await database.use('listing scopes', (session) =>
      session.rows(
        'SELECT feed, scope FROM synclayer_feed WHERE feed > ? AND head > 0 ORDER BY feed LIMIT ?',
        [after, SCOPES_PER_STEP],
      ),
    )
    for (const [, scope] of rows) yield String(scope)
    const last = rows.at(-1)
    if (last === undefined || rows.length < SCOPES_PER_STEP) return
    after = Number(last[0])
  }
}
