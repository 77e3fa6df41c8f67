/** Wake-ups between processes: told by NOTIFY, and found by looking where that does not work. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { server as namedServer } from '@synclayer/servers'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { postgresAdapter } from './postgres-adapter.ts'
import { open, pullAll, push, put, testContext } from './testing/push-and-pull.ts'
import { changeUrl, openTestServer, type TestDatabase } from './testing/test-database.ts'

vi.setConfig({ testTimeout: 60_000 })

const server = await openTestServer()
afterAll(server.close)
let database: TestDatabase
beforeEach(async () => {
  database = await server.createPrepared()
})
afterEach(async () => database.drop())

// Nobody looks within the time of a test: what comes was told.
const NEVER = '9m'

interface Wakes {
  readonly count: () => number
  /** The next wake from now on. */
  readonly next: () => Promise<void>
  readonly close: () => Promise<void>
}

async function subscribe(adapter: BackendAdapter): Promise<Wakes> {
  const { cursor } = await pullAll(adapter)
  let count = 0
  let onWake: () => void = () => undefined
  const request = { scope: 'default', collections: [{ name: 'todos' }], cursor }
  const wake = (): void => {
    count += 1
    onWake()
  }
  const subscription = await adapter.subscribe!(request, wake, () => undefined)
  return {
    count: () => count,
    next: async () => new Promise((resolve) => (onWake = resolve)),
    close: subscription.close,
  }
}

/** Waits until the database has a session that listens. */
async function untilListening(of: TestDatabase = database): Promise<number> {
  for (;;) {
    const rows = await of.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    )
    if (rows[0] !== undefined) return rows[0]['pid'] as number
  }
}

describe('LISTEN', () => {
  test("tells what other processes write, without looking, and one's own writes once (W21)", async () => {
    const options = { url: database.url, pollInterval: NEVER } as const
    const [reader, writer] = [await open(options), await open(options)]
    const wakes = await subscribe(reader)
    await untilListening()
    const woken = wakes.next()
    expect(await push(writer, put(1))).toEqual(['accepted'])
    await woken
    const again = wakes.next()
    await push(reader, put(2))
    await again
    const before = wakes.count()
    // By now the word about it has come back: the next one follows it.
    const third = wakes.next()
    await push(writer, put(3))
    await third
    expect(wakes.count()).toBe(before + 1)
    await Promise.all([reader.close(), writer.close()])
  })

  test('goes on after its connection was lost, and tells what was written meanwhile', async () => {
    const options = { url: database.url, pollInterval: NEVER } as const
    const [reader, writer] = [await open(options), await open({ ...options, listen: false })]
    const wakes = await subscribe(reader)
    const pid = await untilListening()
    const woken = wakes.next()
    await database.query('SELECT pg_terminate_backend($1, 5000)', [pid])
    // This one tells nobody: only the new connection finds it.
    expect(await push(writer, put(1))).toEqual(['accepted'])
    await woken
    await Promise.all([reader.close(), writer.close()])
  })

  test('ends with the last subscription', async () => {
    const adapter = await open({ url: database.url })
    const [first, second] = [await subscribe(adapter), await subscribe(adapter)]
    await untilListening()
    await first.close()
    await first.close()
    const pid = await untilListening()
    await second.close()
    await vi.waitFor(async () => {
      expect(await database.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).toHaveLength(0)
    }, 10_000)
    await adapter.close()
  })
})

describe('looking', () => {
  test('finds what others write where nobody listens', async () => {
    const options = { url: database.url, listen: false, pollInterval: 20 } as const
    const [reader, writer] = [await open(options), await open(options)]
    const wakes = await subscribe(reader)
    const woken = wakes.next()
    expect(await push(writer, put(1))).toEqual(['accepted'])
    await woken
    await Promise.all([reader.close(), writer.close()])
  })

  test('is what is done behind a pooler of transactions, which is found out', async () => {
    const { url } = await namedServer('pgbouncer')
    const through = changeUrl(url, { database: database.name })
    const logged: string[] = []
    const reader = postgresAdapter({ url: through, pollInterval: 20 })
    await reader.open({ ...testContext(), logger: { log: (_level, message) => logged.push(message) } })
    const writer = await open({ url: database.url })
    const wakes = await subscribe(reader)
    await vi.waitFor(() => expect(logged.join()).toContain('NOTIFY does not arrive'), 20_000)
    const woken = wakes.next()
    expect(await push(writer, put(1))).toEqual(['accepted'])
    await woken
    await Promise.all([reader.close(), writer.close()])
  })
})
