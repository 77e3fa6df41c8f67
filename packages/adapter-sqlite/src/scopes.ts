import type { Backend } from './backend.ts'

const SCOPES_PER_STEP = 1_000

/** Every scope that was written to, in the order of first writes; read in steps, so that writers get in between. */
export async function* listScopes({ connection }: Backend): AsyncGenerator<string> {
  const read = connection.database
    .prepare<[number], { feed: number; scope: string }>(
      `SELECT feed, scope FROM synclayer_feed WHERE feed > ? AND head > 0 ORDER BY feed LIMIT ${SCOPES_PER_STEP}`,
    )
    .safeIntegers(false)
  for (let after = 0; ;) {
    const rows = await connection.read('listing scopes', null, () => read.all(after))
    for (const { scope } of rows) yield scope
    const last = rows.at(-1)
    if (last === undefined || rows.length < SCOPES_PER_STEP) return
    after = last.feed
  }
}
