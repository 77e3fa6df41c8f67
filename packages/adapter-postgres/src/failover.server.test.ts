/** A real standby, which follows by streaming, and takes over. */
import { ownPostgresWithStandby } from '@synclayer/servers'
import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, open, pull, pullAll, push, put, SIGNAL } from './testing/push-and-pull.ts'
import { changeUrl, openTestServer, runOn, type TestDatabase } from './testing/test-database.ts'

const pair = await ownPostgresWithStandby()
const primary = await openTestServer(pair.url)
const standbyUrl = pair.details['standby']!
afterAll(() => pair.end())

const PATIENCE_MS = 60_000

/** Asks the standby until it says so: it has no other way to tell that it has come so far. */
async function untilStandby(database: TestDatabase, condition: string): Promise<void> {
  const ask = (): Promise<unknown> => runOn(urlOnStandby(database), `SELECT ${condition} AS is_so`)
  // Before it has come so far there may be no such database there.
  await expect.poll(() => ask().catch(() => []), { timeout: 30_000 }).toEqual([{ is_so: true }])
}

function urlOnStandby({ name }: TestDatabase): string {
  return changeUrl(standbyUrl, { database: name })
}

async function untilFollowed(database: TestDatabase): Promise<void> {
  const [row] = await database.query('SELECT pg_current_wal_lsn()::text AS lsn')
  await untilStandby(database, `pg_last_wal_replay_lsn() >= '${String(row?.['lsn'])}'`)
}

describe('a standby', { timeout: PATIENCE_MS }, () => {
  test('serves those who can tell how much they have seen, and nobody else (A1, A4)', async () => {
    const database = await primary.createPrepared()
    const onPrimary = await open({ url: database.url })
    expect(await push(onPrimary, put(1), put(2), put(3))).toEqual(['accepted', 'accepted', 'accepted'])
    const { cursor, epoch } = await pullAll(onPrimary)
    const walk = await pull(onPrimary, null, { limit: 1 })
    await untilFollowed(database)
    const onStandby = await open({ url: urlOnStandby(database), migrate: false })

    expect(await pull(onStandby, cursor)).toMatchObject({ changes: [], cursor, epoch, hasMore: false })
    const rest = await pullAll(onStandby, walk.cursor)
    expect(rest.changes.map(({ id }) => id)).toEqual(['r2', 'r3'])

    expect(await codeOf(pull(onStandby, null))).toBe('BACKEND_FAILED, retryable')
    const one = { scope: 'default', collection: 'todos', ids: ['r1'] }
    expect(await codeOf(onStandby.fetch(one, SIGNAL))).toBe('BACKEND_FAILED, retryable')
    expect(await codeOf(push(onStandby, put(9)))).toBe('BACKEND_FAILED, retryable')
    await onStandby.close()
    await onPrimary.close()
  })

  test('that lags answers with what it has; once it has taken over, what the primary alone had is told as lost (A1, A2, A4)', async () => {
    const database = await primary.createPrepared()
    const onPrimary = await open({ url: database.url })
    expect(await push(onPrimary, put(1), put(2))).toEqual(['accepted', 'accepted'])
    const followed = await pullAll(onPrimary)
    await untilFollowed(database)
    const onStandby = await open({ url: urlOnStandby(database), migrate: false })

    await runOn(standbyUrl, `ALTER SYSTEM SET primary_conninfo = ''`)
    await runOn(standbyUrl, 'SELECT pg_reload_conf()')
    await untilStandby(database, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)')
    expect(await push(onPrimary, put(3))).toEqual(['accepted'])
    const ahead = await pullAll(onPrimary, followed.cursor)
    const walk = await pull(onPrimary, null, { limit: 1 })
    const { cursor, epoch } = ahead
    expect(await pull(onStandby, cursor)).toMatchObject({ changes: [], cursor, epoch, hasMore: false })
    // An empty page here would say that the snapshot is over.
    expect(await codeOf(pull(onStandby, walk.cursor))).toBe('BACKEND_FAILED, retryable')

    await onPrimary.close()
    await runOn(standbyUrl, 'SELECT pg_promote()')
    await untilStandby(database, 'NOT pg_is_in_recovery()')
    // Who has seen no more than it has goes on in the same epoch, until somebody shows that there was more.
    expect(await pullAll(onStandby, followed.cursor)).toMatchObject({ changes: [], epoch })
    expect(await codeOf(pull(onStandby, cursor))).toBe('EPOCH_CHANGED, retryable')
    const renewed = await pullAll(onStandby)
    expect(renewed.epoch > epoch).toBe(true)
    expect(renewed.changes.map(({ id }) => id)).toEqual(['r1', 'r2'])
    expect(await push(onStandby, put(4))).toEqual(['accepted'])
    const made = await pullAll(onStandby, renewed.cursor)
    expect(made.changes.map(({ id }) => id)).toEqual(['r4'])
    expect(made.changes[0]?.version).not.toBe(ahead.changes[0]?.version)
    await onStandby.close()
  })
})
