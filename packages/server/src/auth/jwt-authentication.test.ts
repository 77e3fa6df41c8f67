import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Principal } from '../contract.ts'
import { jwtAuthentication } from './jwt-authentication.ts'
import type { JwtOptions } from './jwt-options.ts'

const SECRET = 'a secret of more than thirty-two bytes'
const NOW = 1_800_000_000_000
const REQUEST = { method: 'GET', url: new URL('http://localhost/sync'), header: () => null }

function signed(claims: JWTPayload, { secret = SECRET, alg = 'HS256' } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))
}

function lab(options: JwtOptions = {}, clock = { now: NOW }) {
  const authenticate = jwtAuthentication({ secret: SECRET, now: () => clock.now, ...options })
  return async (token: string | null): Promise<Principal | string | null> => {
    try {
      return await authenticate({ token, request: REQUEST })
    } catch (error) {
      return (error as { code: string }).code
    }
  }
}

describe('jwtAuthentication', () => {
  test('takes id, scopes and expiry from the claims', async () => {
    const exp = NOW / 1_000 + 60
    const token = await signed({ sub: 'ada', scopes: ['team:1'], exp })
    expect(await lab()(token)).toEqual({ id: 'ada', scopes: ['team:1'], expiresAt: exp * 1_000 })
    expect(await lab()(null)).toBeNull()
  })

  test.each([
    ['no scopes', { sub: 'ada' }],
    ['scopes that are no list', { sub: 'ada', scopes: 'team:1' }],
    ['scopes that are no names', { sub: 'ada', scopes: [{ name: 'team:1' }] }],
  ])('%s grant nothing', async (_, claims) => {
    expect(await lab()(await signed(claims as JWTPayload))).toEqual({ id: 'ada', scopes: [] })
  })

  test('a function may say what a token grants', async () => {
    const ask = lab({ scopes: ({ team }) => [`team:${String(team)}`] })
    expect(await ask(await signed({ sub: 'ada', team: 7 }))).toMatchObject({ scopes: ['team:7'] })
  })

  test.each<readonly [string, () => Promise<string> | string]>([
    ['alg none', () => new UnsecuredJWT({ sub: 'ada', scopes: ['team:1'] }).encode()],
    ['another secret', () => signed({ sub: 'ada' }, { secret: `${SECRET}!` })],
    ['another algorithm', () => signed({ sub: 'ada' }, { alg: 'HS512' })],
    ['one that is expired', () => signed({ sub: 'ada', exp: NOW / 1_000 - 1 })],
    ['one that is not valid yet', () => signed({ sub: 'ada', nbf: NOW / 1_000 + 60 })],
    ['nobody', () => signed({ scopes: ['team:1'] })],
    ['an empty name', () => signed({ sub: '' })],
    ['another issuer', () => signed({ sub: 'ada', iss: 'else', aud: 'us' })],
    ['another audience', () => signed({ sub: 'ada', iss: 'we', aud: 'else' })],
    ['no JWT', () => 'eyJ.eyJ.x'],
    ['an empty one', () => ''],
  ])('%s is UNAUTHENTICATED', async (name, token) => {
    const isNamed = name.startsWith('another')
    const options = isNamed
      ? { issuer: 'we', audience: ['us'], algorithms: ['HS256'] }
      : { algorithms: ['HS256'] }
    expect(await lab(options)(await token())).toBe('UNAUTHENTICATED')
  })

  test('a token that was changed is refused, also after the true one was verified', async () => {
    const ask = lab()
    const [head, , signature] = (await signed({ sub: 'ada', scopes: ['team:1'] })).split('.')
    const claims = btoa(JSON.stringify({ sub: 'ada', scopes: ['team:1', 'team:2'] })).replaceAll('=', '')
    await ask(await signed({ sub: 'ada', scopes: ['team:1'] }))
    expect(await ask(`${head}.${claims}.${signature}`)).toBe('UNAUTHENTICATED')
  })

  test('one that was verified is remembered, and expires all the same', async () => {
    const clock = { now: NOW }
    const ask = lab({}, clock)
    const token = await signed({ sub: 'ada', exp: NOW / 1_000 + 60 })
    const first = await ask(token)
    expect(await ask(token)).toBe(first)
    clock.now += 60_000
    expect(await ask(token)).toBe('UNAUTHENTICATED')
  })

  test('very large tokens are not looked at', async () => {
    expect(await lab()(await signed({ sub: 'ada', more: 'x'.repeat(20_000) }))).toBeNull()
  })

  test('keys of an issuer are fetched, and one that answers nothing is no fault of the token', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] }
    let status = 500
    const issuer = createServer((_, answer) => {
      answer.statusCode = status
      answer.end(JSON.stringify(keys))
    })
    issuer.listen(0, '127.0.0.1')
    await once(issuer, 'listening')
    const jwks = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`
    const authenticate = jwtAuthentication({ jwks, now: () => NOW })
    const ask = async (token: string): Promise<unknown> => authenticate({ token, request: REQUEST })
    const token = await new SignJWT({ sub: 'ada', scopes: ['a'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey)
    await expect(ask(token)).rejects.toMatchObject({ code: 'NETWORK' })
    status = 200
    expect(await ask(token)).toEqual({ id: 'ada', scopes: ['a'] })
    // The public key is no secret, so nothing signed with it as one is taken.
    const forged = await signed({ sub: 'ada' }, { secret: JSON.stringify(keys.keys[0]) })
    await expect(ask(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    issuer.closeAllConnections()
    issuer.close()
    const cut = jwtAuthentication({ jwks, now: () => NOW })
    await expect(cut({ token, request: REQUEST })).rejects.toMatchObject({ code: 'NETWORK' })
  })

  test.each<readonly [string, unknown]>([
    ['options', null],
    ['secret', {}],
    ['secret', { secret: 'short' }],
    ['secret', { secret: SECRET, jwks: 'https://example.com/jwks.json' }],
    ['jwks', { jwks: 'jwks.json' }],
    ['algorithms', { secret: SECRET, algorithms: ['none'] }],
    ['algorithms', { secret: SECRET, algorithms: [] }],
    ['algorithms', { jwks: 'https://example.com/jwks.json', algorithms: ['HS256'] }],
    ['issuer', { secret: SECRET, issuer: '' }],
    ['audience', { secret: SECRET, audience: [] }],
    ['scopes', { secret: SECRET, scopes: ['team:1'] }],
    ['now', { secret: SECRET, now: 5 }],
    ['secrets', { secrets: SECRET }],
  ])('an unsound %s is INVALID_OPTION and named', (option, options) => {
    expect(() => jwtAuthentication(options as JwtOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
    )
  })
})
