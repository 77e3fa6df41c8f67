import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer } from '@synclayer/core'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPlace, type Place } from './server-program.ts'

const SECRET = 'a secret of the tests that is long enough'
const env = { SYNCLAYER_SECRET: SECRET }

let place: Place
beforeEach(() => (place = createPlace()))
afterEach(() => place.remove())

async function tokenOf(args: string, environment: NodeJS.ProcessEnv = env): Promise<string> {
  const { lines, code, errors } = await place.run(['token', ...args.split(' ')], environment)
  expect([code, errors, lines.length]).toEqual([0, '', 1])
  return lines[0]!
}

async function statusOf(url: string, token: string | null, scope: string): Promise<number> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const { status } = await fetch(`${url}/sync/pull`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ scope, collections: [{ name: 'notes' }], cursor: null, limit: 10 }),
  })
  return status
}

describe('synclayer-server with tokens', () => {
  test('grants what the token grants, elsewhere than on this machine too, and logs no token', async () => {
    const server = await place.serve(['--host', '0.0.0.0', '--log-level', 'debug'], env)
    const token = await tokenOf('--sub ada --scope user:ada,team:9 --expires 7d')
    expect(await statusOf(server.url, token, 'user:ada')).toBe(200)
    expect(await statusOf(server.url, token, 'team:9')).toBe(200)
    expect(await statusOf(server.url, token, 'user:ben')).toBe(403)
    expect(await statusOf(server.url, token, 'default')).toBe(403)
    expect(await statusOf(server.url, null, 'user:ada')).toBe(401)
    const forged = await tokenOf('--sub ada --scope user:ada', { SYNCLAYER_SECRET: SECRET.toUpperCase() })
    expect(await statusOf(server.url, forged, 'user:ada')).toBe(401)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)

    const { lines, code } = await server.stop()
    expect(code).toBe(0)
    const log = lines.join('\n')
    expect(log).toContain('"principal":"ada"')
    for (const one of [token, forged, SECRET]) expect(log).not.toContain(one)
  })

  test('clients sync with a token, by a secret from a file', async () => {
    writeFileSync(join(place.folder, 'secret'), `${SECRET}\n`)
    const server = await place.serve(['--secret-file', 'secret'])
    const token = await tokenOf('--sub ada --scope user:ada --secret-file secret', {})
    const open = () =>
      createSyncLayer({
        adapter: restAdapter({ url: server.url, auth: () => token }),
        collections: ['notes'],
        scopes: ['user:ada'],
        sync: { auto: false },
      })
    const [laptop, phone] = await Promise.all([open(), open()])
    const id = await laptop.collection('notes').save({ text: 'hello' })
    await laptop.sync()
    await phone.sync()
    expect(await phone.collection('notes').get(id)).toMatchObject({ text: 'hello' })
    await Promise.all([laptop.close(), phone.close()])
  })

  test('takes tokens that are signed by keys found at an address, from the right issuer', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }
    const keys = createServer((_, answer) => answer.end(JSON.stringify({ keys: [key] }))).listen(
      0,
      '127.0.0.1',
    )
    await once(keys, 'listening')
    const jwks = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = (claims: Record<string, unknown>): string => {
      const content = `${encode({ alg: 'ES256', kid: 'one' })}.${encode(claims)}`
      const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${content}.${signature.toString('base64url')}`
    }
    const claims = { sub: 'ada', scopes: ['user:ada'], exp: Math.ceil(Date.now() / 1000) + 600, iss: 'us' }
    const server = await place.serve(['--jwks', jwks, '--issuer', 'us'])
    expect(await statusOf(server.url, signed(claims), 'user:ada')).toBe(200)
    expect(await statusOf(server.url, signed({ ...claims, iss: 'them' }), 'user:ada')).toBe(401)
    expect(await statusOf(server.url, await tokenOf('--sub ada --scope user:ada'), 'user:ada')).toBe(401)
    keys.closeAllConnections()
    keys.close()
  })
})
