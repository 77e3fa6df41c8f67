/**
 * The proof of the proof: with positions out of a sequence, taken before the commit and without the lock of the feed, the
 * suite must find that changes are missed.
 */
import { adapterConformance } from '@synclayer/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { postgresAdapter } from './postgres-adapter.ts'
import { postgresSchemaSql } from './sql/schema-sql.ts'
import { openTestServer } from './testing/test-database.ts'

const STORM = 'misses nothing while writers write (A1, A2)'

/** The schema with one thing changed. */
function changed(sql: string, from: string, to: string): string {
  expect(sql.split(from)).toHaveLength(2)
  return sql.replace(from, to)
}

/** Positions as a `bigserial` gives them: the head is where the sequence is, whoever has committed. */
function naiveSchemaSql(): string {
  const s = '"synclayer"'
  const withoutLock = changed(
    postgresSchemaSql(),
    `SELECT * INTO f FROM ${s}.feed WHERE scope = of_scope FOR UPDATE;\n  IF FOUND THEN RETURN f; END IF;`,
    `SELECT * INTO f FROM ${s}.feed WHERE scope = of_scope;\n  IF FOUND THEN RETURN f; END IF;`,
  )
  const fromSequence = changed(
    withoutLock,
    `  applied bigint;\n  added bigint;\nBEGIN`,
    `  applied bigint;\n  added bigint;\nBEGIN
  f.head := nextval('${s}.naive') * 1000;`,
  )
  const headsThatRise = changed(
    fromSequence,
    `SET head = u.head + applied, records`,
    `SET head = greatest(u.head, f.head + applied), records`,
  )
  // Marks notice at once that positions are out of order. They must not be what fails.
  const withoutMarks = changed(
    headsThatRise,
    `IF at = 0 THEN RETURN '-'; END IF;`,
    `RETURN CASE WHEN at = 0 THEN '-' ELSE '000000000000' END;`,
  )
  // Records are still changed by one at a time.
  const recordsLocked = changed(
    withoutMarks,
    `  FOREACH wave_end IN ARRAY`,
    `  PERFORM pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (
    SELECT DISTINCT m.collection || ' ' || m.record_id AS name FROM unnest(sent) m ORDER BY 1) names;
  FOREACH wave_end IN ARRAY`,
  )
  return `${recordsLocked}\nCREATE SEQUENCE ${s}.naive;`
}

const bodies = new Map<string, () => unknown>()
const server = await openTestServer(undefined, naiveSchemaSql())
afterAll(server.close)

adapterConformance({
  describe: (_name, body) => body(),
  test: (title, body) => void bodies.set(title, body),
  concurrent: { ms: 30_000 },
  create: async () => {
    const database = await server.createPrepared()
    const adapter = (): ReturnType<typeof postgresAdapter> =>
      postgresAdapter({ url: database.url, maxConnections: 4 })
    return { adapter: adapter(), second: adapter, close: database.drop }
  },
})

describe('positions out of a sequence', () => {
  test('make the storm of the suite fail', async () => {
    await expect(bodies.get(STORM)?.()).rejects.toThrow('(A1)')
  }, 180_000)
})
