import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { checkMutation, checkPatch } from './check-mutation.ts'
import { checkRemoteRecord } from './check-record.ts'
import { checkFetchRequest, checkPullRequest, checkPushRequest } from './check-request.ts'
import { checkFetchResponse, checkPullResponse, checkPushResponse } from './check-response.ts'

const checks = [
  ['checkRemoteRecord', checkRemoteRecord],
  ['checkPullResponse', checkPullResponse],
  ['checkPushResponse', checkPushResponse],
  ['checkFetchResponse', checkFetchResponse],
  ['checkMutation', checkMutation],
  ['checkPatch', checkPatch],
  ['checkPushRequest', checkPushRequest],
  ['checkPullRequest', checkPullRequest],
  ['checkFetchRequest', checkFetchRequest],
] as const

const time = '018f3c2a9b10-0000-00112233445566aa'
const record = {
  kind: 'put',
  collection: 'a',
  id: '1',
  version: 'v',
  deleted: false,
  data: { id: '1' },
  time,
  schema: 1,
}
const mutation = {
  id: 'c.1',
  collection: 'a',
  recordId: '1',
  kind: 'patch',
  base: 'v',
  time,
  schema: 1,
  group: 'g',
}
const scope = { scope: 's', cursor: 'c', epoch: 'e' }
const whole: readonly unknown[] = [
  record,
  [record],
  { ...scope, changes: [record], hasMore: false, serverTime: 1 },
  {
    results: [{ id: 'c.1', status: 'conflict', current: record, code: 'NETWORK', reason: '' }],
    serverTime: 1,
  },
  { ...mutation, patch: { set: { '/a': 1 }, unset: ['/b'] } },
  {
    ...scope,
    clientId: 'c',
    settled: 0,
    mutations: [{ ...mutation, kind: 'put', data: { id: '1' } }],
    fields: {},
  },
  {
    ...scope,
    limit: 1,
    collections: [{ name: 'a', filter: { op: 'and', filters: [] }, fields: { only: [] } }],
  },
  { ...scope, collection: 'a', ids: ['1'] },
]

/** Something right with one part, somewhere in it, replaced by anything. */
const almost = fc.tuple(fc.constantFrom(...whole), fc.array(fc.nat(9), { maxLength: 4 }), fc.anything())
const replaced = almost.map(([value, way, part]) => replaceAt(value, way, part))

function replaceAt(value: unknown, way: readonly number[], part: unknown): unknown {
  const [step, ...rest] = way
  if (step === undefined || typeof value !== 'object' || value === null) return part
  const keys = Object.keys(value)
  if (keys.length === 0) return part
  const key = keys[step % keys.length]!
  const inner = replaceAt((value as Record<string, unknown>)[key], rest, part)
  return Array.isArray(value)
    ? value.map((item: unknown, index) => (String(index) === key ? inner : item))
    : { ...value, [key]: inner }
}

const hostile = {
  get changes(): unknown {
    throw new TypeError('hostile')
  },
}
const trap = new Proxy(
  {},
  { get: () => trap, getPrototypeOf: () => Object.prototype, ownKeys: () => ['a', 'b'] },
) as object
const bomb = new Proxy(
  {},
  {
    getPrototypeOf: () => {
      // No error, on purpose.
      throw Object.create(null)
    },
  },
)

describe.each(checks)('%s', (_name, check) => {
  test('throws nothing but a SyncError with a path, whatever comes (W19, I10)', () => {
    const value = fc.oneof(
      fc.anything(),
      replaced,
      fc.constantFrom(hostile, trap, bomb, [bomb], { changes: [bomb] }),
    )
    fc.assert(
      fc.property(value, (input) => {
        try {
          check(input)
        } catch (error) {
          if (!isSyncError(error)) throw error
          expect(['PROTOCOL', 'INVALID_MUTATION']).toContain(error.code)
          expect(typeof error.details['path']).toBe('string')
        }
      }),
      { numRuns: 500 },
    )
  })
})
