import { describe, expect, test } from 'vitest'
import { corsFor } from './authentication.ts'
import { ownHostsOnly } from './own-hosts-only.ts'

const server = ownHostsOnly({
  fetch: () => Promise.resolve(new Response('answered')),
  connect: () => ({ message() {}, drained() {}, closed() {} }),
  ready: () => Promise.resolve(),
  close: () => Promise.resolve(),
})

describe('ownHostsOnly', () => {
  test.each([
    'http://127.0.0.1:8787',
    'http://localhost',
    'http://LOCALHOST:1',
    'http://[::1]:8787',
    'http://127.9.9.9',
  ])('answers %s', async (origin) => {
    expect((await server.fetch(new Request(`${origin}/sync`))).status).toBe(200)
  })

  test.each([
    'http://example.com',
    'http://127.0.0.1.example.com:8787',
    'http://localhost.example.com',
    'http://0.0.0.0:8787',
    'http://192.168.1.5:8787',
    'http://[::2]:8787',
  ])('refuses %s: a name that leads here is not the name of this machine', async (origin) => {
    const answer = await server.fetch(new Request(`${origin}/sync/ws`))
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'FORBIDDEN' } })
  })
})

describe('corsFor', () => {
  test('without tokens, pages of this machine may ask, and those that are named', () => {
    const cors = corsFor({ kind: 'open' }, ['https://app.example.com'])
    const asks = (origin: string): boolean => typeof cors === 'function' && cors(origin)
    expect(asks('http://localhost:3000')).toBe(true)
    expect(asks('http://127.0.0.1:5173')).toBe(true)
    expect(asks('https://app.example.com')).toBe(true)
    for (const origin of ['https://example.com', 'http://localhost.example.com', 'null', ''])
      expect(asks(origin)).toBe(false)
  })

  test('with tokens, only those that are named', () => {
    const access = { kind: 'secret', secret: 'x', claims: {} } as const
    expect(corsFor(access, ['https://app.example.com'])).toEqual(['https://app.example.com'])
    expect(corsFor(access, '*')).toBe('*')
  })
})
