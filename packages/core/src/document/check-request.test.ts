import { describe, expect, test } from 'vitest'
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import { checkMutation, checkPatch } from './check-mutation.ts'
import { checkFetchRequest, checkPullRequest, checkPushRequest } from './check-request.ts'

const time = '018f3c2a9b10-0000-00112233445566aa'
const put = {
  id: 'client.1',
  collection: 'todos',
  recordId: '1',
  kind: 'put',
  base: null,
  data: { id: '1', text: 'x' },
  time,
  schema: 1,
}
const { data: _data, ...bare } = put
const patched = { ...bare, kind: 'patch', base: 'v1', patch: { set: { '/text': 'y' }, unset: ['/done'] } }
const deleted = { ...bare, kind: 'delete', base: 'v1' }
const push = { scope: 'default', clientId: 'client', settled: 0, epoch: 'e', cursor: 'c', mutations: [] }

function failure(run: () => unknown): SyncError | 'accepted' {
  try {
    run()
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
  return 'accepted'
}

describe('checkMutation', () => {
  test.each([put, patched, deleted, { ...put, base: 'v0', group: 'g' }])('takes %j (A6)', (mutation) => {
    expect(checkMutation(mutation)).toEqual(mutation)
  })

  test('copies what it knows and nothing else (A6)', () => {
    const checked = checkMutation({ ...put, extra: () => 1, data: { ...put.data, gone: undefined } })
    expect(checked).toEqual(put)
    expect(checked.data).not.toBe(put.data)
  })

  test.each<readonly [string, unknown]>([
    ['', null],
    ['id', { ...put, id: 'client' }],
    ['id', { ...put, id: 'client.01' }],
    ['id', { ...put, id: 'cli ent.1' }],
    ['collection', { ...put, collection: 'to dos' }],
    ['recordId', { ...put, recordId: 'a\0' }],
    ['kind', { ...put, kind: 'upsert' }],
    ['base', { ...put, base: undefined }],
    ['base', { ...patched, base: null }],
    ['time', { ...put, time: 0 }],
    ['schema', { ...put, schema: '1' }],
    ['group', { ...put, group: '' }],
    ['data', bare],
    ['data', { ...put, data: 'text' }],
    ['data.id', { ...put, data: { id: '2' } }],
    ['patch', { ...put, patch: {} }],
    ['data', { ...patched, data: {} }],
    ['data', { ...deleted, data: {} }],
    ['patch', { ...deleted, patch: {} }],
    ['text', { ...put, data: { id: '1', text: 'a\0' } }],
    ['a.b[0]', { ...put, data: { id: '1', a: { b: [Number.NaN] } } }],
    ['patch', { ...patched, patch: null }],
    ['patch.unset[0]', { ...patched, patch: { unset: [1] } }],
    ['/id', { ...patched, patch: { set: { '/id': '2' } } }],
    ['/a', { ...patched, patch: { set: { '/a': 1 }, unset: ['/a'] } }],
    ['a', { ...patched, patch: { set: { a: 1 } } }],
  ])('names %s where that is wrong (A6)', (path, value) => {
    expect(failure(() => checkMutation(value))).toMatchObject({ code: 'INVALID_MUTATION', details: { path } })
  })
})

describe('checkPatch', () => {
  test('no patch takes a document beyond what it may hold (A6)', () => {
    const levels = (count: number): string => '/a'.repeat(count)
    expect(checkPatch({ set: { [levels(99)]: {} } })).toEqual({ set: { [levels(99)]: {} } })
    expect(failure(() => checkPatch({ set: { [levels(100)]: {} } }))).toMatchObject({
      code: 'INVALID_MUTATION',
    })
    expect(failure(() => checkPatch({ set: { '/__proto__/x': 1 } }))).toMatchObject({
      code: 'INVALID_MUTATION',
    })
    expect(failure(() => checkPatch({ set: { '/a\0': 1 } }))).toMatchObject({ code: 'INVALID_MUTATION' })
    expect(failure(() => checkPatch({ set: { '/a': undefined } }))).toMatchObject({
      code: 'INVALID_MUTATION',
    })
  })

  test.each(['/a\0', '/__proto__', '/\ud800/b'])(
    'removes no key that no document has: %j (A6)',
    (pointer) => {
      expect(failure(() => checkPatch({ unset: [pointer] }))).toMatchObject({ code: 'INVALID_MUTATION' })
    },
  )
})

describe('checkPushRequest', () => {
  test('answers a bad mutation alone, and aborts only its group (W19, A10)', () => {
    const bad = { ...put, id: 'client.2', group: 'g', data: { id: '1', n: 1n } }
    const mutations = [
      put,
      bad,
      { ...deleted, id: 'client.3', group: 'g' },
      { ...deleted, id: 'client.4', group: 'h' },
    ]
    const { request, refused } = checkPushRequest({
      ...push,
      mutations,
      fields: { todos: { only: ['text'] } },
    })
    expect(request.mutations.map(({ id }) => id)).toEqual(['client.1', 'client.4'])
    expect(request.fields).toEqual({ todos: { only: ['text'] } })
    expect(refused).toMatchObject([
      { id: 'client.2', status: 'rejected', code: 'INVALID_MUTATION', details: { path: 'n' } },
      { id: 'client.3', status: 'aborted' },
    ])
  })

  test.each<readonly [string, unknown]>([
    ['', []],
    ['scope', { ...push, scope: 'é' }],
    ['clientId', { ...push, clientId: '' }],
    ['clientId', { ...push, clientId: 'no id' }],
    ['settled', { ...push, settled: -1 }],
    ['epoch', { ...push, epoch: null }],
    ['cursor', { ...push, cursor: undefined }],
    ['mutations', { ...push, mutations: null }],
    ['mutations[0]', { ...push, mutations: [null] }],
    ['mutations[0].id', { ...push, mutations: [{ ...put, id: 1 }] }],
    ['mutations[0].id', { ...push, mutations: [{ ...put, id: 'other.1' }] }],
    ['mutations[1].id', { ...push, mutations: [put, put] }],
    ['mutations[0].group', { ...push, mutations: [{ ...put, group: 1 }] }],
    ['fields.todos', { ...push, fields: { todos: { only: ['a'], except: ['b'] } } }],
  ])('names %s where that is wrong (W19)', (path, value) => {
    expect(failure(() => checkPushRequest(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})

describe('checkPullRequest', () => {
  const pull = { scope: 'default', collections: [{ name: 'todos' }], cursor: null, limit: 100 }

  test('takes a pull with filters and projections (A7)', () => {
    const filter = { op: 'and', filters: [{ op: '==', path: ['a'], value: { b: [1] } }] }
    const collections = [{ name: 'todos', filter, fields: { except: ['big'] } }, { name: 'notes' }]
    expect(checkPullRequest({ ...pull, collections, extra: 1 })).toEqual({ ...pull, collections })
    expect(checkPullRequest({ ...pull, cursor: 'c', limit: 0 })).toEqual({ ...pull, cursor: 'c', limit: 0 })
  })

  test.each<readonly [string, unknown]>([
    ['scope', { ...pull, scope: '' }],
    ['cursor', { ...pull, cursor: 1 }],
    ['limit', { ...pull, limit: 1.5 }],
    ['collections', { ...pull, collections: {} }],
    ['collections[0].name', { ...pull, collections: [{ name: '' }] }],
    ['collections[0].filter', { ...pull, collections: [{ name: 'a', filter: [] }] }],
    ['collections[0].fields', { ...pull, collections: [{ name: 'a', fields: {} }] }],
    ['collections[0].fields.only[0]', { ...pull, collections: [{ name: 'a', fields: { only: [1] } }] }],
  ])('names %s where that is wrong (W19)', (path, value) => {
    expect(failure(() => checkPullRequest(value))).toMatchObject({ code: 'PROTOCOL', details: { path } })
  })
})

describe('checkFetchRequest', () => {
  test('takes ids, and names the wrong one (W19)', () => {
    const fetch = { scope: 's', collection: 'todos', ids: ['1', '2'], fields: { only: [] } }
    expect(checkFetchRequest(fetch)).toEqual(fetch)
    expect(failure(() => checkFetchRequest({ ...fetch, ids: ['1', ''] }))).toMatchObject({
      code: 'PROTOCOL',
      details: { path: 'ids[1]' },
    })
  })
})
