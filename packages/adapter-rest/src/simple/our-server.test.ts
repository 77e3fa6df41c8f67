/** Clients of the simple dialect against our server, which answers it: cursor, compare-and-set, keys, restores. */
import { createSyncLayer } from '@synclayer/core'
import { createModelBackend } from '@synclayer/core/testing'
import { createSyncServer } from '@synclayer/server'
import { afterEach, describe, expect, test } from 'vitest'
import { restAdapter } from '../rest-adapter.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function served() {
  const backend = createModelBackend({ now: () => Date.now() })
  const server = createSyncServer({
    adapter: backend.adapter(),
    authenticate: ({ token }) => (token === null ? null : { id: token, scopes: ['default', 'team'] }),
    logger: { log: () => undefined },
  })
  closing.push(() => server.close())
  const client = async (name: string, lose: (request: Request) => boolean = () => false) => {
    const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
      const request = new Request(String(input), init)
      const lost = lose(request)
      const response = await server.fetch(request)
      if (lost) throw new TypeError('The connection broke')
      return response
    }
    const db = await createSyncLayer({
      adapter: restAdapter({
        url: 'https://server.test',
        dialect: 'simple',
        auth: () => name,
        fetch: fetch as typeof globalThis.fetch,
      }),
      collections: ['todos', 'lists'],
      scopes: ['default', 'team'],
      sync: { auto: false },
      logger: 'off',
    })
    closing.push(() => db.close())
    return db
  }
  return { backend, client }
}

describe('the simple dialect, of our server', () => {
  test('two clients edit offline, delete, meet in a conflict, and end with the same', async () => {
    const { backend, client } = served()
    const [ada, ben] = [await client('ada'), await client('ben')]
    const many = Array.from({ length: 30 }, (_, n) => ({ id: `t${n}`, n, text: 'new', done: false }))
    await ada.collection('todos').saveAll(many)
    await ada.sync()
    await ben.sync()
    await ada.collection('todos').update('t1', { text: 'changed' })
    await ben.collection('todos').update('t1', { done: true })
    await ada.collection('todos').delete('t2')
    await ben.collection('lists').save({ id: 'l' })
    await ada.sync()
    await ben.sync()
    await ada.sync()
    const expected = { id: 't1', n: 1, text: 'changed', done: true }
    expect(await ada.collection('todos').get('t1')).toEqual(expected)
    expect(await ben.collection('todos').getAll()).toEqual(await ada.collection('todos').getAll())
    expect(await ben.collection('lists').getAll()).toEqual(await ada.collection('lists').getAll())
    const stored = backend.records('default').filter(({ deleted }) => !deleted)
    expect(stored).toHaveLength(30)
    expect([ada.status.pending, ben.status.pending]).toEqual([0, 0])
  })

  test('a lost answer is asked for again, and nothing is applied twice', async () => {
    const { backend, client } = served()
    let losses = 1
    const ada = await client('ada', ({ method }) => method === 'POST' && losses-- > 0)
    const conflicts: string[] = []
    ada.on('conflict', ({ id }) => conflicts.push(id))
    await ada.collection('todos').save({ id: 'a', count: 1 })
    await expect(ada.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    const [{ version } = { version: '' }] = backend.records('default')
    await ada.sync()
    expect(backend.records('default')).toMatchObject([{ version, data: { count: 1 } }])
    expect([conflicts, ada.status.pending]).toEqual([[], 0])
  })

  test('a restored backend is noticed, and read anew', async () => {
    const { backend, client } = served()
    const [ada, ben] = [await client('ada'), await client('ben')]
    await ada.collection('todos').save({ id: 'a' })
    await ada.sync()
    const backup = backend.backup()
    await ada.collection('todos').save({ id: 'b' })
    await ada.sync()
    await ben.sync()
    backend.restore(backup)
    await ada.sync()
    await ben.sync()
    expect(backend.records('default').map(({ id }) => id)).toEqual(['a', 'b'])
    expect(await ben.collection('todos').getAll()).toHaveLength(2)
  })
})
