import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer, type SyncLayer } from '@synclayer/core'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRaw, statusOf } from '../wire/raw-http.ts'
import { createPlace, type Place, type RunningServer } from './server-program.ts'

interface SignedIn {
  readonly token: string
  readonly expiresAt: number
  readonly name: string
  readonly scopes: readonly string[]
}

let place: Place
beforeEach(() => (place = createPlace()))
afterEach(() => place.remove())

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

async function signIn({ url }: RunningServer, name: string): Promise<SignedIn> {
  const answer = await post(`${url}/demo/sign-in`, { name })
  expect(answer.status).toBe(200)
  return (await answer.json()) as SignedIn
}

const renew = ({ url }: RunningServer, token: string): Promise<Response> =>
  post(`${url}/demo/renew`, {}, { authorization: `Bearer ${token}` })

async function pull({ url }: RunningServer, token: string, scope: string): Promise<number> {
  const body = { scope, collections: [{ name: 'notes' }], cursor: null, limit: 10 }
  return (await post(`${url}/sync/pull`, body, { authorization: `Bearer ${token}` })).status
}

describe('synclayer-server --demo-sign-in', () => {
  test('gives a short-lived token for the scope of the name, that clients sync with', async () => {
    const server = await place.serve(['--demo-sign-in', '--log-level', 'debug'])
    const { token, expiresAt, name, scopes } = await signIn(server, 'ada')
    expect([name, scopes]).toEqual(['ada', ['user:ada']])
    expect(expiresAt).toBeGreaterThan(Date.now() + 14 * 60_000)
    expect(expiresAt).toBeLessThan(Date.now() + 16 * 60_000)

    const open = (): Promise<SyncLayer> =>
      createSyncLayer({
        adapter: restAdapter({ url: server.url, auth: () => token }),
        collections: ['notes'],
        scopes,
        sync: { auto: false },
      })
    const [laptop, phone] = await Promise.all([open(), open()])
    const id = await laptop.collection('notes').save({ text: 'Buy milk' })
    await laptop.sync()
    await phone.sync()
    expect(await phone.collection('notes').get(id)).toMatchObject({ text: 'Buy milk' })
    await Promise.all([laptop.close(), phone.close()])

    expect(await pull(server, token, 'user:ben')).toBe(403)
    expect(await pull(server, token, 'default')).toBe(403)
    expect(await pull(server, (await signIn(server, 'ben')).token, 'user:ada')).toBe(403)
    expect((await server.stop()).lines.join('\n')).not.toContain(token)
  })

  test('a token that has ended is refused, and renewed', async () => {
    const server = await place.serve(['--demo-sign-in', '--demo-expires', '1s'])
    const { token, expiresAt } = await signIn(server, 'ada')
    // Times of tokens are whole seconds.
    while (Date.now() <= expiresAt)
      await new Promise((resolve) => setTimeout(resolve, expiresAt + 1 - Date.now()))
    expect(await pull(server, token, 'user:ada')).toBe(401)
    await server.stop()
    // What this one gives lasts, however busy the machine is.
    const again = await place.serve(['--demo-sign-in'])
    const renewed = (await (await renew(again, token)).json()) as SignedIn
    expect(renewed).toMatchObject({ name: 'ada', scopes: ['user:ada'] })
    expect(await pull(again, renewed.token, 'user:ada')).toBe(200)
    expect((await renew(again, 'nonsense')).status).toBe(401)
  })

  test('the secret is made once, kept beside the database for its user alone, and outlives the server', async () => {
    const first = await place.serve(['--demo-sign-in'])
    const { token } = await signIn(first, 'ada')
    const file = join(place.folder, 'synclayer.db.secret')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    await first.stop('SIGKILL')
    const second = await place.serve(['--demo-sign-in'])
    expect(await pull(second, token, 'user:ada')).toBe(200)
    await second.stop()
    // Without it everyone signs in again.
    rmSync(file)
    const third = await place.serve(['--demo-sign-in'])
    expect(await pull(third, token, 'user:ada')).toBe(401)
    expect((await renew(third, token)).status).toBe(401)
  })

  test('says loudly what it is', async () => {
    const server = await place.serve(['--demo-sign-in'])
    const warnings = server.entries.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
    expect(warnings).toEqual([expect.stringMatching(/^DEMONSTRATION: .* under any name, without a password/)])
  })

  test('is for this machine alone: no other host, no other name, no page of elsewhere', async () => {
    const env = { SYNCLAYER_DEMO_SIGN_IN: 'true', SYNCLAYER_HOST: '0.0.0.0' }
    const refused = await place.run([], env)
    expect([refused.code, refused.lines]).toEqual([2, []])
    expect(refused.errors).toContain('under any name, without a password')

    const server = await place.serve(['--demo-sign-in'])
    const body = '{"name":"ada"}'
    const socket = await openRaw(server.port)
    socket.write(
      `POST /demo/sign-in HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(statusOf(await socket.closed)).toBe(403)
    const origin = 'https://attacker.example'
    expect((await post(`${server.url}/demo/sign-in`, { name: 'ada' }, { origin })).status).toBe(403)

    const everywhere = await place.serve(['--demo-sign-in', '--host', '0.0.0.0', '--path', 'other.db'])
    expect((await signIn(everywhere, 'ada')).name).toBe('ada')
  })

  test('there is no such thing unless told', async () => {
    const server = await place.serve()
    expect((await post(`${server.url}/demo/sign-in`, { name: 'ada' })).status).toBe(404)
  })
})
