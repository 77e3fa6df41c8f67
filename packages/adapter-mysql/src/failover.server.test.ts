/** A real replica, which lags, and takes over. */
import { codeOf, context, createLab, outcomes, pull, put } from '@synclayer/mysql-lab'
import { ownServer, type OwnServer } from '@synclayer/servers'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, describe, expect, test } from 'vitest'
import { mysqlAdapter } from './mysql-adapter.ts'

const [primary, replica] = await Promise.all([ownServer('mysql'), ownServer('mysql')])
afterAll(() => Promise.all([primary.end(), replica.end()]))

async function sql(server: OwnServer, ...statements: readonly string[]): Promise<readonly RowDataPacket[]> {
  const connection = await createConnection({ uri: server.url })
  try {
    let rows: readonly RowDataPacket[] = []
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement)
    return rows
  } finally {
    await connection.end()
  }
}

/** Makes the replica follow the primary from its first statement on. */
async function follow(): Promise<void> {
  const { hostname, port, username, password } = new URL(primary.url)
  const [log] = await sql(primary, 'SHOW BINARY LOGS')
  await sql(
    replica,
    'SET GLOBAL server_id = 2',
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${hostname}', SOURCE_PORT = ${port}, SOURCE_USER = '${username}',
       SOURCE_PASSWORD = '${password}', GET_SOURCE_PUBLIC_KEY = 1, SOURCE_LOG_FILE = '${String(log?.['Log_name'])}',
       SOURCE_LOG_POS = 4`,
    'START REPLICA',
    'SET GLOBAL super_read_only = ON',
  )
}

/** Waits until it has all that the primary has. */
async function untilFollowed(): Promise<void> {
  const [status] = await sql(primary, 'SHOW BINARY LOG STATUS')
  const [row] = await sql(
    replica,
    `SELECT SOURCE_POS_WAIT('${String(status?.['File'])}', ${String(status?.['Position'])}, 30) AS events`,
  )
  expect(row?.['events']).toBeGreaterThanOrEqual(0)
}

async function open(url: string, migrate = true): Promise<BackendAdapter> {
  const adapter = mysqlAdapter({ url, migrate })
  await adapter.open(context())
  return adapter
}

describe('a replica', { timeout: 60_000 }, () => {
  test('that lags takes nothing back; once it has taken over, what the primary alone had is told as lost (A1, A2, A4)', async () => {
    await follow()
    const lab = await createLab(primary.url)
    const onPrimary = await open(lab.url)
    expect(await outcomes(onPrimary, put(1), put(2))).toEqual(['accepted', 'accepted'])
    const followed = await pull(onPrimary, null)
    const { cursor, epoch } = followed
    await untilFollowed()
    const onReplica = await open(replica.url + new URL(lab.url).pathname, false)
    expect(await pull(onReplica, cursor)).toMatchObject({ changes: [], cursor, epoch, hasMore: false })
    expect(await codeOf(pull(onReplica, null))).toBe('BACKEND_FAILED, retryable')

    await sql(replica, 'STOP REPLICA')
    expect(await outcomes(onPrimary, put(3))).toEqual(['accepted'])
    const ahead = await pull(onPrimary, cursor)
    const walk = await pull(onPrimary, null, 1)
    expect(await codeOf(pull(onReplica, ahead.cursor))).toBe('BACKEND_FAILED, retryable')
    expect(await codeOf(pull(onReplica, walk.cursor))).toBe('BACKEND_FAILED, retryable')

    await onPrimary.close()
    await sql(replica, 'SET GLOBAL super_read_only = OFF', 'SET GLOBAL read_only = OFF')
    // Who has seen no more than it has goes on in the same epoch, until somebody shows that there was more.
    expect(await pull(onReplica, cursor)).toMatchObject({ changes: [], epoch })
    expect(await codeOf(pull(onReplica, ahead.cursor))).toBe('EPOCH_CHANGED, retryable')
    const renewed = await pull(onReplica, null)
    expect(renewed.epoch > epoch).toBe(true)
    expect(renewed.changes.map(({ id }) => id)).toEqual(['r1', 'r2'])
    expect(await outcomes(onReplica, put(4))).toEqual(['accepted'])
    const made = await pull(onReplica, renewed.cursor)
    expect(made.changes.map(({ id }) => id)).toEqual(['r4'])
    expect(made.changes[0]?.version).not.toBe(ahead.changes[0]?.version)
    await onReplica.close()
    await lab.close()
  })
})
