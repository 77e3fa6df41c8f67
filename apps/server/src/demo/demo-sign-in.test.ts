import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { createToken } from '../token.ts'
import { createDemoSignIn, type SignedIn } from './demo-sign-in.ts'

const SECRET = 'a secret that is long enough to be one'
const MINUTE = 60_000
const DAY = 86_400_000

function desk(start = Date.UTC(2026, 0, 1)) {
  let at = start
  const answer = createDemoSignIn({ secret: SECRET, claims: {}, expiresInMs: 15 * MINUTE, now: () => at })
  const ask = (path: string, init: RequestInit): Promise<Response> =>
    answer(new Request(`http://localhost:8787${path}`, { method: 'POST', ...init }))
  return {
    pass: (ms: number) => (at += ms),
    ask,
    signIn: (body: unknown, headers: Record<string, string> = {}) =>
      ask('/demo/sign-in', {
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    renew: (token: string) => ask('/demo/renew', { headers: { authorization: `Bearer ${token}` } }),
  }
}

async function tokenFor(name: string, { signIn }: ReturnType<typeof desk>): Promise<string> {
  return ((await (await signIn({ name })).json()) as SignedIn).token
}

describe('POST /demo/sign-in', () => {
  test('gives a token for the scope of the name, for a short time', async () => {
    const answer = await desk().signIn({ name: '  Ada ' })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const expiresAt = Date.UTC(2026, 0, 1, 0, 15)
    const body = (await answer.json()) as SignedIn
    expect(body).toEqual({
      token: expect.any(String) as string,
      expiresAt,
      name: 'Ada',
      scopes: ['user:Ada'],
    })
    expect(decodeJwt(body.token)).toMatchObject({ sub: 'Ada', scopes: ['user:Ada'], exp: expiresAt / 1_000 })
  })

  test('a name of any script has a scope of ASCII, the same however it was typed', async () => {
    const { signIn } = desk()
    for (const name of ['Zo\u00EB', 'Zoe\u0308']) {
      expect(await (await signIn({ name })).json()).toMatchObject({
        name: 'Zo\u00EB',
        scopes: ['user:Zo%C3%AB'],
      })
    }
  })

  test.each([
    [{}],
    [{ name: '' }],
    [{ name: ' ' }],
    [{ name: 7 }],
    [{ name: 'a'.repeat(33) }],
    [{ name: '\u{1F600}' }],
    [{ name: 'a/b' }],
    [{ name: 'a\nb' }],
    [{ name: 'a  b' }],
    [{ name: '-a' }],
    [{ name: '漢'.repeat(32) }],
    [null],
    ['not json'],
    [{ name: 'ada', more: 'x'.repeat(2_000) }],
  ])('%j is refused', async (body) => {
    const answer = await desk().signIn(body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'PROTOCOL' } })
  })

  test('a page of another origin is refused, and so is what it could send unasked', async () => {
    const { signIn, ask } = desk()
    for (const origin of ['https://attacker.example', 'http://localhost:1', 'null']) {
      expect((await signIn({ name: 'ada' }, { origin })).status).toBe(403)
    }
    expect((await signIn({ name: 'ada' }, { origin: 'http://localhost:8787' })).status).toBe(200)
    const simple = { headers: { 'content-type': 'text/plain' }, body: '{"name":"ada"}' }
    expect((await ask('/demo/sign-in', simple)).status).toBe(400)
    expect((await ask('/demo/sign-in', { method: 'GET' })).status).toBe(405)
  })

  test('too many at once are refused for a moment', async () => {
    const here = desk()
    const statuses = await Promise.all(
      Array.from({ length: 101 }, async () => (await here.signIn({ name: 'a' })).status),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    const refused = await here.signIn({ name: 'a' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    here.pass(1_000)
    expect((await here.signIn({ name: 'a' })).status).toBe(200)
  })
})

describe('POST /demo/renew', () => {
  test('gives a new token for one that is good, and for one that has ended in the last week', async () => {
    const here = desk()
    let token = await tokenFor('ada', here)
    for (const ms of [MINUTE, DAY, 6 * DAY]) {
      here.pass(ms)
      const answer = await here.renew(token)
      expect(answer.status).toBe(200)
      const body = (await answer.json()) as SignedIn
      expect(body).toMatchObject({ name: 'ada', scopes: ['user:ada'] })
      token = body.token
    }
    here.pass(8 * DAY)
    expect((await here.renew(token)).status).toBe(401)
  })

  test('renews no token that somebody else gave, or nobody', async () => {
    const here = desk()
    const at = Date.UTC(2026, 0, 1)
    const real = { subject: 'ada', scopes: ['team:9'], expiresInMs: MINUTE, claims: {} }
    const forged = await createToken({ ...real, secret: SECRET.toUpperCase(), marks: { demo: true } }, at)
    for (const token of [await createToken({ ...real, secret: SECRET }, at), forged, 'nonsense']) {
      const answer = await here.renew(token)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
    }
    expect((await here.ask('/demo/renew', {})).status).toBe(401)
  })
})
