import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { checkRemoteRecord } from './check-record.ts'
import { checkFetchResponse, checkPullResponse, checkPushResponse } from './check-response.ts'

const time = '018f3c2a9b10-0000-00112233445566aa'
const record = {
  collection: 'todos',
  id: '1',
  version: 'v1',
  deleted: false,
  data: { id: '1' },
  time,
  schema: 1,
}
const { data: _data, ...withoutData } = record
const tombstone = { ...withoutData, deleted: true }
const page = { changes: [], cursor: 'c', epoch: 'e', hasMore: false, serverTime: 1 }

function pathOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (isSyncError(error, 'PROTOCOL')) return error.details['path']
    throw error
  }
  return 'accepted'
}

const broken: readonly (readonly [string, unknown])[] = [
  ['collection', { ...record, collection: '9' }],
  ['id', { ...record, id: '' }],
  ['version', { ...record, version: '' }],
  ['version', { ...record, version: 7 }],
  ['deleted', { ...record, deleted: 'no' }],
  ['data', withoutData],
  ['data', { ...record, data: [1] }],
  ['data.id', { ...record, data: { id: '2' } }],
  ['data', { ...record, data: { id: '1', at: new Date(0) } }],
  ['data', { ...record, data: { id: '1', n: Number.NaN } }],
  ['data', { ...record, data: { id: '1', n: undefined } }],
  ['data', { ...record, data: JSON.parse(`{"id":"1","a":${'['.repeat(100)}${']'.repeat(100)}}`) as unknown }],
  ['data', { ...record, data: JSON.parse('{"id":"1","__proto__":{}}') as unknown }],
  ['time', { ...record, time: '2024-01-01' }],
  ['time', { ...record, time: time.toUpperCase() }],
  ['schema', { ...record, schema: -1 }],
  ['schema', { ...record, schema: 1.5 }],
  ['mutation', { ...record, mutation: 1 }],
  ['text', { ...record, text: 1 }],
]

describe('checkRemoteRecord', () => {
  test('answers the very record, with members it does not know (W19)', () => {
    const newer = { ...record, mutation: 'c.1', later: 'unknown' }
    expect(checkRemoteRecord(newer)).toBe(newer)
    expect(checkRemoteRecord(tombstone)).toBe(tombstone)
  })

  test.each(broken)('names %s where that is wrong: %j (W19)', (path, value) => {
    expect(pathOf(() => checkRemoteRecord(value))).toBe(path)
  })

  test('a record thousands of levels deep is refused, not a stack overflow (W19)', () => {
    const deep = JSON.parse(`{"id":"1","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`) as unknown
    expect(pathOf(() => checkRemoteRecord({ ...record, data: deep }))).toBe('data')
  })
})

describe('checkPullResponse', () => {
  test('answers the very page where all can be read (W19)', () => {
    const leave = { kind: 'leave', collection: 'todos', id: '1', version: 'v' }
    const changes = [{ ...record, kind: 'put' }, { ...tombstone, kind: 'delete' }, leave]
    const value = { ...page, changes, remaining: 3, serverTime: null }
    const checked = checkPullResponse(value)
    expect(checked.response).toBe(value)
    expect(checked.unreadable).toEqual([])
  })

  test('sets one unreadable change aside and goes on with the rest (W19)', () => {
    const changes = [
      { ...record, kind: 'put' },
      { ...record, kind: 'put', id: '2', data: 'text' },
      null,
      { ...record, kind: 'delete' },
      { ...record, kind: 'moved' },
      { kind: 'leave', collection: 'todos', id: '3' },
      { ...tombstone, kind: 'delete', id: '4' },
    ]
    const { response, unreadable } = checkPullResponse({ ...page, changes })
    expect(response.changes).toEqual([changes[0], changes[6]])
    expect(response.cursor).toBe('c')
    expect(unreadable.map(({ index, id }) => [index, id])).toEqual([
      [1, '2'],
      [2, undefined],
      [3, '1'],
      [4, '1'],
      [5, '3'],
    ])
    expect(unreadable[0]).toEqual({
      index: 1,
      collection: 'todos',
      id: '2',
      reason: 'changes[1].data must be an object',
    })
  })

  test.each([
    ['', null],
    ['', []],
    ['changes', { ...page, changes: {} }],
    ['cursor', { ...page, cursor: null }],
    ['cursor', { ...page, cursor: '' }],
    ['epoch', { ...page, epoch: 1 }],
    ['hasMore', { ...page, hasMore: 1 }],
    ['remaining', { ...page, remaining: -1 }],
    ['serverTime', { ...page, serverTime: undefined }],
    ['serverTime', { ...page, serverTime: Number.NaN }],
  ])('a page without a right %s is PROTOCOL: %j (W19)', (path, value) => {
    expect(pathOf(() => checkPullResponse(value))).toBe(path)
  })
})

describe('checkPushResponse', () => {
  const answer = { serverTime: 1 }

  test('keeps every kind of result (W19)', () => {
    const results = [
      { id: 'c.1', status: 'accepted', version: 'v' },
      { id: 'c.2', status: 'accepted', version: 'v', data: { id: '1' } },
      { id: 'c.3', status: 'conflict', current: record },
      { id: 'c.4', status: 'conflict', current: null },
      { id: 'c.5', status: 'rejected', code: 'CONSTRAINT', reason: 'no', details: { a: 1 } },
      { id: 'c.6', status: 'aborted' },
      { id: 'c.7', status: 'retry', code: 'RATE_LIMITED', retryAfterMs: 5 },
    ]
    expect(checkPushResponse({ ...answer, results })).toEqual({
      response: { ...answer, results },
      unreadable: [],
    })
  })

  test('leaves out a result it cannot read, which then counts as unknown (W19, W9)', () => {
    const results = [
      { id: 'c.1', status: 'accepted' },
      { id: 'c.2', status: 'applied', version: 'v' },
      { id: 'c.3', status: 'conflict' },
      { id: 'c.4', status: 'retry', code: 'NETWORK', retryAfterMs: '5' },
      { id: 'c.5', status: 'rejected', code: 'CONSTRAINT' },
      { status: 'aborted' },
      'aborted',
      { id: 'c.9', status: 'aborted' },
    ]
    const { response, unreadable } = checkPushResponse({ ...answer, results })
    expect(response.results).toEqual([{ id: 'c.9', status: 'aborted' }])
    expect(unreadable.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(unreadable[0]).toMatchObject({
      id: 'c.1',
      reason: 'results[0].version must be a version, a string',
    })
  })

  test('a code of a newer backend is BACKEND_FAILED and keeps its name in the details (W19)', () => {
    const results = [{ id: 'c.1', status: 'rejected', code: 'FROM_2030', reason: 'x', details: { a: 1 } }]
    expect(checkPushResponse({ ...answer, results }).response.results).toEqual([
      {
        id: 'c.1',
        status: 'rejected',
        code: 'BACKEND_FAILED',
        reason: 'x',
        details: { a: 1, code: 'FROM_2030' },
      },
    ])
  })

  test('an answer without results is PROTOCOL (W19)', () => {
    expect(pathOf(() => checkPushResponse({ ...answer, results: null }))).toBe('results')
    expect(pathOf(() => checkPushResponse('<html>'))).toBe('')
  })
})

describe('checkFetchResponse', () => {
  test('gives the records that can be read and names the others (W19)', () => {
    const { records, unreadable } = checkFetchResponse([record, 1, tombstone])
    expect(records).toEqual([record, tombstone])
    expect(unreadable).toEqual([{ index: 1, reason: 'records[1] must be an object' }])
    expect(pathOf(() => checkFetchResponse({}))).toBe('')
  })
})
