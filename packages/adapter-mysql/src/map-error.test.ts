import { describe, expect, test } from 'vitest'
import { isConnectionGone, isConnectionLost, isContention, mapError } from './map-error.ts'

function failure(errno: number | undefined, code: string | undefined, rest: object = {}): Error {
  return Object.assign(new Error('It did not work'), errno === undefined ? {} : { errno }, { code }, rest)
}

describe('what the server or the driver throws becomes a SyncError that says what to do', () => {
  test.each<readonly [string, Error, string, boolean]>([
    ['too many connections', failure(1040, 'ER_CON_COUNT_ERROR'), 'BACKEND_FAILED', true],
    ['a wrong password', failure(1045, 'ER_ACCESS_DENIED_ERROR', { fatal: true }), 'UNAUTHENTICATED', false],
    ['a missing grant', failure(1142, 'ER_TABLEACCESS_DENIED_ERROR'), 'FORBIDDEN', false],
    ['no such database', failure(1049, 'ER_BAD_DB_ERROR', { fatal: true }), 'BACKEND_FAILED', false],
    ['no such table', failure(1146, 'ER_NO_SUCH_TABLE'), 'BACKEND_FAILED', false],
    ['a read-only server', failure(1290, 'ER_OPTION_PREVENTS_STATEMENT'), 'BACKEND_FAILED', true],
    ['a read-only mode', failure(1836, 'ER_READ_ONLY_MODE'), 'BACKEND_FAILED', true],
    ['a full disk', failure(1021, 'ER_DISK_FULL'), 'BACKEND_FAILED', true],
    ['a full table', failure(1114, 'ER_RECORD_FILE_FULL'), 'BACKEND_FAILED', true],
    ['a packet too large', failure(1153, 'ER_NET_PACKET_TOO_LARGE'), 'BACKEND_FAILED', false],
    ['a deadlock', failure(1213, 'ER_LOCK_DEADLOCK'), 'BACKEND_FAILED', true],
    ['a lock held too long', failure(1205, 'ER_LOCK_WAIT_TIMEOUT'), 'BACKEND_FAILED', true],
    ['a row changed since it was read', failure(1020, 'ER_CHECKREAD'), 'BACKEND_FAILED', true],
    ['a killed statement', failure(1317, 'ER_QUERY_INTERRUPTED'), 'BACKEND_FAILED', true],
    ['a killed connection', failure(1927, 'ER_CONNECTION_KILLED'), 'BACKEND_FAILED', true],
    ['a server that ends', failure(1053, 'ER_SERVER_SHUTDOWN'), 'BACKEND_FAILED', true],
    ['a statement that took too long', failure(1969, 'ER_STATEMENT_TIMEOUT'), 'TIMEOUT', true],
    ['statements in the binary log', failure(1665, 'ER_BINLOG_STMT_MODE'), 'BACKEND_FAILED', false],
    ['nothing that listens', failure(-111, 'ECONNREFUSED', { fatal: true }), 'NETWORK', true],
    ['a host without an address', failure(-3008, 'ENOTFOUND', { fatal: true }), 'NETWORK', true],
    ['a broken connection', failure(undefined, 'PROTOCOL_CONNECTION_LOST', { fatal: true }), 'NETWORK', true],
    ['a reset connection', failure(-104, 'ECONNRESET', { fatal: true }), 'NETWORK', true],
    ['no answer in time', failure(undefined, 'PROTOCOL_SEQUENCE_TIMEOUT'), 'TIMEOUT', true],
    ['no connection in time', failure(undefined, 'ETIMEDOUT', { fatal: true }), 'TIMEOUT', true],
    [
      'no TLS there',
      failure(undefined, 'HANDSHAKE_NO_SSL_SUPPORT', { fatal: true }),
      'BACKEND_FAILED',
      false,
    ],
    ['a certificate of nobody', failure(undefined, 'SELF_SIGNED_CERT_IN_CHAIN'), 'BACKEND_FAILED', false],
    ['what nobody knows', failure(9_999, 'ER_WHATEVER'), 'BACKEND_FAILED', false],
  ])('%s', (_what, error, code, retryable) => {
    const mapped = mapError('MySQL', error, 'pushing')
    expect([mapped.code, mapped.retryable]).toEqual([code, retryable])
    expect(mapped.message).toMatch(/^MySQL failed while pushing: It did not work\./)
    expect(mapped.cause).toBe(error)
  })
})

test('only what is known to be undone, and worth it, is tried again', () => {
  expect(isContention(failure(1213, 'ER_LOCK_DEADLOCK'))).toBe(true)
  expect(isConnectionLost(failure(-104, 'ECONNRESET', { fatal: true }))).toBe(true)
  // The driver's own words for a connection that ended, of which it has several.
  expect(isConnectionLost(failure(undefined, 'SOMETHING_NEW', { fatal: true }))).toBe(true)
  for (const lasting of [
    failure(1045, 'ER_ACCESS_DENIED_ERROR', { fatal: true }),
    failure(-111, 'ECONNREFUSED', { fatal: true }),
    failure(undefined, 'PROTOCOL_SEQUENCE_TIMEOUT'),
    new TypeError('a mistake of ours'),
  ]) {
    expect(isContention(lasting) || isConnectionLost(lasting)).toBe(false)
  }
  expect(isConnectionGone(failure(undefined, 'PROTOCOL_SEQUENCE_TIMEOUT'))).toBe(true)
})
