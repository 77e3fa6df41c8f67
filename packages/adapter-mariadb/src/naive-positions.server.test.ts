/**
 * The proof of the proof: with positions out of an AUTO_INCREMENT, given before the commit and without the lock of the feed,
 * the suite must find that changes are missed. All else is as it should be: records are changed by one at a time.
 */
import type * as Kit from '@synclayer/adapter-kit'
import { adapterConformance } from '@synclayer/conformance'
import { createLab } from '@synclayer/mysql-lab'
import { server } from '@synclayer/servers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test, vi } from 'vitest'
import { mariadbAdapter } from './mariadb-adapter.ts'

interface Session {
  run(sql: string, parameters?: readonly unknown[]): Promise<number>
  rows(sql: string, parameters?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>
}

interface Feed {
  readonly feed: number
  head: number
}

/** What is replaced of the modules that hold the lock and load what is decided by. */
interface FeedRows {
  readFeed(session: Session, scope: string, from: number): Promise<{ readonly feed: Feed } | undefined>
  takeFeed(session: Session, scope: string, from: number): Promise<object | undefined>
  updateFeed(session: Session, feed: Feed): Promise<void>
  markAt(): string
}

interface LoadLookups {
  loadLookups(
    session: Session,
    scope: {
      readonly works: readonly {
        readonly units: readonly (readonly { readonly mutation: { readonly recordId: string } }[])[]
      }[]
    },
  ): Promise<unknown>
}

const STORM = 'misses nothing while writers write (A1, A2)'

const heads = vi.hoisted(() => new WeakMap<object, Feed>())

vi.mock('../../adapter-mysql/src/feed-rows.ts', async (original): Promise<FeedRows> => {
  const real = await original<FeedRows>()
  return {
    ...real,
    takeFeed: async (session, scope, from) => {
      const found = await real.readFeed(session, scope, from)
      if (found === undefined) return undefined
      heads.set(session, found.feed)
      return { ...found, tableMadeAt: 0, generation: '0' }
    },
    // The head is where the highest position is, whoever else has not committed yet.
    updateFeed: async (session, { feed, head }) => {
      await session.run('UPDATE synclayer_feed SET head = GREATEST(head, ?) WHERE feed = ?', [head, feed])
    },
    // Marks notice at once that positions are out of order. They must not be what fails.
    markAt: () => '0000000000',
  }
})

vi.mock('../../adapter-mysql/src/load-lookups.ts', async (original): Promise<LoadLookups> => {
  const real = await original<LoadLookups>()
  return {
    loadLookups: async (session, scope) => {
      const ids = scope.works.flatMap(({ units }) => units.flat().map(({ mutation }) => mutation.recordId))
      const rows = [...new Set(ids)].toSorted().map((id) => [id])
      await session.run('INSERT INTO naive_lock VALUES ? ON DUPLICATE KEY UPDATE id = VALUES(id)', [rows])
      await session.run('INSERT INTO naive_position VALUES (NULL)')
      const [row] = await session.rows('SELECT LAST_INSERT_ID()')
      heads.get(session)!.head = Number(row?.[0]) * 1_000
      // As far as some are from the server, and others are not.
      await delay(Math.random() * 60)
      return real.loadLookups(session, scope)
    },
  }
})

vi.mock('@synclayer/adapter-kit', async (original): Promise<typeof Kit> => {
  return { ...(await original<typeof Kit>()), isRewound: () => false }
})

const lab = await createLab((await server('mariadb')).url)
afterAll(() => lab.close())

const bodies = new Map<string, () => unknown>()
adapterConformance({
  describe: (_name, body) => body(),
  test: (title, body) => void bodies.set(title, body),
  concurrent: { ms: 30_000 },
  // What was missed never comes.
  patienceMs: 1_000,
  create: async () => {
    await lab.sql(
      'CREATE TABLE IF NOT EXISTS naive_lock (id VARCHAR(128) PRIMARY KEY)',
      'CREATE TABLE IF NOT EXISTS naive_position (id BIGINT AUTO_INCREMENT PRIMARY KEY)',
    )
    await lab.clear()
    const adapter = (): ReturnType<typeof mariadbAdapter> =>
      mariadbAdapter({ url: lab.url, maxConnections: 4 })
    return { adapter: adapter(), second: adapter, close: async () => {} }
  },
})

test('positions out of an AUTO_INCREMENT make the storm of the suite fail', async () => {
  await expect(bodies.get(STORM)?.()).rejects.toThrow(/ (?:misses|has) .*\(A1\)/)
}, 180_000)
