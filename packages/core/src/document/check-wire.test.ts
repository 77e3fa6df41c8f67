import { describe, expect, test } from 'vitest'
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import { checkClientMessage, checkErrorBody, checkHello, checkServerMessage } from './check-wire.ts'

function failure(run: () => unknown): SyncError | 'taken' {
  try {
    run()
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
  return 'taken'
}

const capabilities = {
  consistency: 'strict',
  orderedVersions: true,
  patch: true,
  groups: false,
  realtime: true,
  memory: 'record',
  maxBatch: 100,
  maxRecordBytes: 200_000,
}
const hello = { protocol: 1, capabilities, maxRequestBytes: 1_000_000, maxIds: 50, serverTime: 1785000000000 }

describe('checkHello', () => {
  test('gives what it knows and nothing else (W19)', () => {
    const said = { ...hello, motd: 'hi', capabilities: { ...capabilities, sharding: true } }
    expect(checkHello(said)).toEqual(hello)
    expect(checkHello({ ...hello, serverTime: null }).serverTime).toBeNull()
    expect(checkHello({ ...hello, protocol: 2 }).protocol).toBe(2)
  })

  test.each<readonly [string, unknown]>([
    ['', null],
    ['protocol', { ...hello, protocol: 0 }],
    ['protocol', { ...hello, protocol: '1' }],
    ['capabilities', { ...hello, capabilities: [] }],
    ['capabilities.consistency', { ...hello, capabilities: { ...capabilities, consistency: 'eventual' } }],
    ['capabilities.groups', { ...hello, capabilities: { ...capabilities, groups: 1 } }],
    ['capabilities.memory', { ...hello, capabilities: { ...capabilities, memory: 'none' } }],
    ['capabilities.maxBatch', { ...hello, capabilities: { ...capabilities, maxBatch: 0 } }],
    ['capabilities.maxRecordBytes', { ...hello, capabilities: { ...capabilities, maxRecordBytes: 1.5 } }],
    ['maxRequestBytes', { ...hello, maxRequestBytes: Number.POSITIVE_INFINITY }],
    ['maxIds', { ...hello, maxIds: -1 }],
    ['serverTime', { ...hello, serverTime: '2026' }],
  ])('names %s where that is wrong (W19)', (path, value) => {
    expect(failure(() => checkHello(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})

describe('checkErrorBody', () => {
  test('gives the error with what there is of it (W19)', () => {
    const error = { code: 'RATE_LIMITED', message: 'Slowly.', details: { limit: 100 }, retryAfterMs: 0 }
    expect(checkErrorBody({ error: { ...error, trace: 'x' }, id: 7 })).toEqual({ error })
    expect(checkErrorBody({ error: { code: 'FORBIDDEN', message: '' } })).toEqual({
      error: { code: 'FORBIDDEN', message: '' },
    })
  })

  test('a code of a newer server, or the name of a member every object has, is a failure of the backend (W19)', () => {
    for (const code of ['TOO_WARM', 'toString', '__proto__']) {
      expect(checkErrorBody({ error: { code, message: 'no' } }).error.code).toBe('BACKEND_FAILED')
    }
  })

  test.each<readonly [string, unknown]>([
    ['', '<html>Bad gateway</html>'],
    ['error', {}],
    ['error', { error: 'no' }],
    ['error.code', { error: { message: '' } }],
    ['error.code', { error: { code: '', message: '' } }],
    ['error.message', { error: { code: 'NETWORK' } }],
    ['error.details', { error: { code: 'NETWORK', message: '', details: [] } }],
    ['error.details', { error: { code: 'NETWORK', message: '', details: { at: new Date(0) } } }],
    ['error.retryAfterMs', { error: { code: 'NETWORK', message: '', retryAfterMs: -1 } }],
  ])('names %s where that is wrong: something else has answered (W19)', (path, value) => {
    expect(failure(() => checkErrorBody(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})

const subscribe = {
  type: 'subscribe',
  id: 3,
  scope: 'default',
  collections: [{ name: 'todos', filter: { op: 'is-null', path: ['a'] }, fields: { only: ['a'] } }],
  cursor: 'c',
}

describe('checkClientMessage', () => {
  test.each([
    { type: 'hello', protocol: 1 },
    { type: 'hello', protocol: 1, token: 't' },
    subscribe,
    { ...subscribe, id: 0, collections: [], cursor: null },
    { type: 'unsubscribe', id: 3 },
    { type: 'ping' },
    { type: 'pong' },
  ])('takes %j, and copies what it knows (W19)', (message) => {
    const taken = checkClientMessage({ ...message, extra: 1 })
    expect(taken).toEqual(message)
    expect(taken).not.toBe(message)
  })

  test.each<readonly [string, unknown]>([
    ['', ['hello']],
    ['type', {}],
    ['type', { type: 'welcome', protocol: 1 }],
    ['type', { type: 'toString' }],
    ['protocol', { type: 'hello' }],
    ['token', { type: 'hello', protocol: 1, token: null }],
    ['id', { ...subscribe, id: '3' }],
    ['id', { ...subscribe, id: -1 }],
    ['scope', { ...subscribe, scope: '' }],
    ['collections', { ...subscribe, collections: 'todos' }],
    ['collections[0].name', { ...subscribe, collections: [{ name: '1' }] }],
    ['cursor', { ...subscribe, cursor: undefined }],
    ['cursor', { ...subscribe, cursor: '' }],
    ['id', { type: 'unsubscribe' }],
  ])('names %s where that is wrong (W19)', (path, value) => {
    expect(failure(() => checkClientMessage(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})

const record = {
  kind: 'put',
  collection: 'todos',
  id: '1',
  version: 'v',
  deleted: false,
  data: { id: '1' },
  time: '018f3c2a9b10-0000-00112233445566aa',
  schema: 1,
}
const page = { from: 'c1', changes: [record], cursor: 'c2', epoch: 'e', hasMore: false, serverTime: null }

describe('checkServerMessage', () => {
  test.each([
    { type: 'welcome', protocol: 1 },
    { type: 'subscribed', id: 3 },
    { type: 'wake', id: 0 },
    { type: 'error', code: 'AUTH_FAILED', message: 'No.' },
    {
      type: 'error',
      id: 3,
      code: 'UNAUTHORIZED',
      message: '',
      details: { code: 'SCOPE_REVOKED' },
      retryAfterMs: 1,
    },
    { type: 'ping' },
    { type: 'pong' },
  ])('takes %j, and copies what it knows (W19)', (message) => {
    expect(checkServerMessage({ ...message, extra: 1 })).toEqual(message)
  })

  test('takes a page, and sets aside what cannot be read of it (W19)', () => {
    expect(checkServerMessage({ type: 'page', id: 3, page })).toEqual({
      type: 'page',
      id: 3,
      page,
      unreadable: [],
    })
    const broken = { ...record, id: '2', version: '' }
    const message = { type: 'page', id: 3, page: { ...page, changes: [broken, record] } }
    expect(checkServerMessage(message)).toMatchObject({
      page,
      unreadable: [{ index: 0, collection: 'todos', id: '2' }],
    })
  })

  test('an error of a newer server is an error all the same (W19)', () => {
    for (const code of ['TOO_WARM', 'constructor']) {
      expect(checkServerMessage({ type: 'error', code, message: '' })).toMatchObject({ code: 'SERVER_ERROR' })
    }
  })

  test.each<readonly [string, unknown]>([
    ['', null],
    ['type', { type: 'hello', protocol: 1 }],
    ['protocol', { type: 'welcome', protocol: 0 }],
    ['id', { type: 'subscribed' }],
    ['id', { type: 'wake', id: 0.5 }],
    ['id', { type: 'page', page }],
    ['page', { type: 'page', id: 3 }],
    ['page.from', { type: 'page', id: 3, page: { ...page, from: null } }],
    ['cursor', { type: 'page', id: 3, page: { ...page, cursor: '' } }],
    ['id', { type: 'error', id: null, code: 'SERVER_ERROR', message: '' }],
    ['code', { type: 'error', message: '' }],
    ['message', { type: 'error', code: 'SERVER_ERROR' }],
    ['details', { type: 'error', code: 'SERVER_ERROR', message: '', details: 'x' }],
    ['retryAfterMs', { type: 'error', code: 'SERVER_ERROR', message: '', retryAfterMs: 0.5 }],
  ])('names %s where that is wrong (W19)', (path, value) => {
    expect(failure(() => checkServerMessage(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})
