import type { Mutation, PushResult } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import type { AuthorizeRequest, Verdict } from '../contract.ts'
import { createServerLab, put } from '../testing/server-lab.ts'

const BOB = { token: 'bob' }

const statuses = (results: readonly PushResult[]): readonly string[] =>
  results.map((result) => ('code' in result ? result.code : result.status))

describe('client ids', () => {
  test('of two principals are kept apart: none answers for, or pre-empts, the mutations of the other', async () => {
    const { push } = createServerLab()
    expect(statuses(await push([put(1, { recordId: 'of-bob' })], {}, BOB))).toEqual(['accepted'])
    // The same id, and another mutation: it would be MUTATION_ID_REUSED, or answered as accepted and never applied.
    expect(statuses(await push([put(1, { recordId: 'of-ada' })]))).toEqual(['accepted'])
    expect(statuses(await push([put(1, { recordId: 'of-bob' })], {}, BOB))).toEqual(['accepted'])
  })

  test('nobody settles the mutations of another', async () => {
    const { push } = createServerLab()
    await push([put(1)])
    await push([put(100)], { settled: 100 }, BOB)
    expect(statuses(await push([put(1)]))).toEqual(['accepted'])
    await push([put(2)], { settled: 2 })
    expect(statuses(await push([put(1)]))).toEqual(['conflict'])
  })

  test('another tag written into an id opens nothing', async () => {
    const { push, adapter } = createServerLab()
    await push([put(1)])
    const request = { scope: 'a', collections: [{ name: 'todos' }], cursor: null, limit: 1 }
    const { changes } = await adapter.pull(request, new AbortController().signal)
    const [clientId] = (changes[0] as { mutation: string }).mutation.split('.')
    expect(clientId).toMatch(/^phone~[\w-]{16}$/)
    const forged = put(1, {}, clientId)
    expect(statuses(await push([forged], { settled: 100 }, BOB))).toEqual(['conflict'])
    expect(statuses(await push([put(1)]))).toEqual(['accepted'])
  })

  test('are shown as they were given to their owner alone', async () => {
    const { push, pull, ask } = createServerLab()
    await push([put(1)])
    const fetched = { scope: 'a', collection: 'todos', ids: ['r1'] }
    for (const [asked, mutation] of [
      [{}, 'phone.1'],
      [BOB, expect.stringMatching(/^phone~[\w-]{16}\.1$/) as string],
    ] as const) {
      expect((await pull(null, asked)).changes).toMatchObject([{ mutation }])
      expect((await ask('/sync/fetch', fetched, asked)).body).toMatchObject([{ mutation }])
      const [result] = await push([put(9, { recordId: 'r1' })], {}, asked)
      expect(result).toMatchObject({ id: 'phone.9', status: 'conflict', current: { mutation } })
    }
  })

  test('of more than 100 characters are refused', async () => {
    const { ask, pull } = createServerLab()
    const { cursor, epoch } = await pull()
    const push = (clientId: string): Promise<{ readonly status: number }> =>
      ask('/sync/push', { scope: 'a', clientId, settled: 0, epoch, cursor, mutations: [] })
    expect((await push('x'.repeat(100))).status).toBe(200)
    expect(await push('x'.repeat(101))).toMatchObject({ status: 400, body: { error: { code: 'PROTOCOL' } } })
  })
})

describe('authorize', () => {
  const lab = (verdict: { is: Verdict }, seen: AuthorizeRequest[] = []) =>
    createServerLab({
      authorize: (request) => {
        seen.push(request)
        return verdict.is
      },
    })

  test('refuses with its reason, and is asked about what the client sent', async () => {
    const seen: AuthorizeRequest[] = []
    const { push, pull } = lab({ is: { reason: 'Not on Sundays' } }, seen)
    expect(await push([put(1)])).toEqual([
      { id: 'phone.1', status: 'rejected', code: 'FORBIDDEN', reason: 'Not on Sundays' },
    ])
    expect(seen).toMatchObject([{ principal: { id: 'ada' }, scope: 'a', mutation: put(1) }])
    expect((await pull()).changes).toEqual([])
  })

  test.each<[unknown]>([[false], [undefined], [null], ['yes'], [1], [{}]])('%j is a no', async (is) => {
    const { push } = lab({ is: is as Verdict })
    expect(statuses(await push([put(1)]))).toEqual(['FORBIDDEN'])
  })

  test('what was accepted before it changed its mind is still answered as accepted (A3)', async () => {
    const verdict: { is: Verdict } = { is: true }
    const { push, pull } = lab(verdict)
    const [{ version }] = (await push([put(1)])) as unknown as [{ version: string }]
    const change: Mutation = {
      ...put(2, { recordId: 'r1', base: version }),
      kind: 'patch',
      patch: { set: { '/text': 'Tea' } },
    }
    const { data: _data, ...patch } = change
    const [second] = await push([patch])
    verdict.is = false
    const before = await pull()
    expect(await push([put(1), patch, put(3)])).toMatchObject([
      { status: 'accepted', version },
      second,
      { status: 'rejected', code: 'FORBIDDEN' },
    ])
    expect((await pull()).changes).toEqual(before.changes)
    // The client's store was copied: it is told so, and takes a new id.
    const other = put(1, { time: '0198abcdef02-0000-00000000000000aa' })
    expect(statuses(await push([other]))).toEqual(['MUTATION_ID_REUSED'])
  })

  test('a group with a refused member is not applied, unless it was before (A3, A10)', async () => {
    let refused = ['r2']
    const { push, pull } = createServerLab({
      authorize: ({ mutation }) => !refused.includes(mutation.recordId),
    })
    const group = [put(1, { group: 'g' }), put(2, { group: 'g' })]
    expect(statuses(await push([...group, put(3)]))).toEqual(['aborted', 'FORBIDDEN', 'accepted'])
    expect((await pull()).changes).toHaveLength(1)
    refused = []
    expect(statuses(await push(group))).toEqual(['accepted', 'accepted'])
    refused = ['r2']
    expect(statuses(await push(group))).toEqual(['accepted', 'accepted'])
  })

  test('one that throws says nothing: the mutation is to be sent again', async () => {
    const { push, pull, logged } = createServerLab({
      authorize: ({ mutation }) => {
        if (mutation.recordId === 'r2') throw new Error('the rules cannot be read')
        return mutation.recordId !== 'r5'
      },
    })
    const group = [put(2, { group: 'g' }), put(3, { group: 'g' })]
    const refused = [put(4, { group: 'h', recordId: 'r5' }), put(5, { group: 'h', recordId: 'r6' })]
    const results = await push([put(1), ...group, ...refused])
    expect(statuses(results)).toEqual([
      'accepted',
      'BACKEND_FAILED',
      'BACKEND_FAILED',
      'FORBIDDEN',
      'aborted',
    ])
    expect(results[1]).toEqual({ id: 'phone.2', status: 'retry', code: 'BACKEND_FAILED' })
    expect((await pull()).changes).toHaveLength(1)
    expect(logged.join()).toContain('the rules cannot be read')
    expect(logged.join()).not.toContain('Milk')
  })

  test('reads what is stored, all of a push with one request', async () => {
    const asked: (readonly string[])[] = []
    const seen: unknown[] = []
    const { push } = createServerLab({
      faults: (whole) => ({
        fetch: (request, signal) => {
          asked.push(request.ids)
          return whole.fetch(request, signal)
        },
      }),
      authorize: async ({ current }) => {
        const [record, again] = await Promise.all([current(), current()])
        seen.push(record === null ? null : [record.data, record.mutation, record === again])
        return true
      },
    })
    await push([put(1)])
    expect(statuses(await push([put(2, { recordId: 'r1' }), put(3)]))).toEqual(['conflict', 'accepted'])
    expect(seen).toEqual([null, [put(1).data, 'phone.1', true], null])
    expect(asked).toEqual([['r1'], ['r1', 'r3']])
  })
})

describe('collections', () => {
  test('that are not served are UNKNOWN_COLLECTION, in every way', async () => {
    const { push, ask } = createServerLab({ collections: ['todos'] })
    const results = await push([put(1), put(2, { collection: 'secrets' })])
    expect(statuses(results)).toEqual(['accepted', 'UNKNOWN_COLLECTION'])
    const pull = { scope: 'a', collections: [{ name: 'todos' }, { name: 'secrets' }], cursor: null, limit: 1 }
    const fetch = { scope: 'a', collection: 'secrets', ids: ['r2'] }
    const error = { code: 'UNKNOWN_COLLECTION', details: { collection: 'secrets' } }
    expect(await ask('/sync/pull', pull)).toMatchObject({ status: 404, body: { error } })
    expect(await ask('/sync/fetch', fetch)).toMatchObject({ status: 404, body: { error } })
  })

  test('what was accepted while one was served is still answered as accepted (A3)', async () => {
    const { adapter, push } = createServerLab()
    await push([put(1)])
    const later = createServerLab({ adapter, collections: ['notes'] })
    expect(statuses(await later.push([put(1), put(2)], { ...(await place(adapter)) }))).toEqual([
      'accepted',
      'UNKNOWN_COLLECTION',
    ])
  })
})

async function place(adapter: ReturnType<typeof createServerLab>['adapter']) {
  const request = { scope: 'a', collections: [], cursor: null, limit: 0 }
  const { cursor, epoch } = await adapter.pull(request, new AbortController().signal)
  return { cursor, epoch }
}

describe('size', () => {
  const bodyBytes = 128 * 1024
  const most = bodyBytes - 64 * 1024
  const sized = (bytes: number): { readonly id: string; readonly text: string } => {
    const around = JSON.stringify({ id: 'r1', text: '' }).length
    return { id: 'r1', text: 'ü'.repeat(Math.floor((bytes - around) / 2)) }
  }

  test('a document larger than is announced is refused, though the backend would take it', async () => {
    const { push } = createServerLab({ limits: { bodyBytes } })
    const [large] = await push([put(1, { data: sized(most + 2) })])
    expect(large).toMatchObject({ status: 'rejected', code: 'RECORD_TOO_LARGE' })
    expect(statuses(await push([put(2, { recordId: 'r1', data: sized(most) })]))).toEqual(['accepted'])
  })

  test('it takes its group with it, and no other', async () => {
    const { push } = createServerLab({ limits: { bodyBytes } })
    const results = await push([
      put(1, { data: sized(most + 2), group: 'g' }),
      put(2, { recordId: 'r2', data: { id: 'r2' }, group: 'g' }),
      put(3, { recordId: 'r3', data: { id: 'r3' } }),
    ])
    const byId = new Map(results.map((result) => [result.id, result]))
    const inOrder = ['phone.1', 'phone.2', 'phone.3'].map((id) => byId.get(id)!)
    expect(statuses(inOrder)).toEqual(['RECORD_TOO_LARGE', 'aborted', 'accepted'])
  })
})
