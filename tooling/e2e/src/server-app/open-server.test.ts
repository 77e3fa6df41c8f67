import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer, type SyncLayer } from '@synclayer/core'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPlace, type Place, type RunningServer } from './server-program.ts'

let place: Place
beforeEach(() => (place = createPlace()))
afterEach(() => place.remove())

function client(url: string): Promise<SyncLayer> {
  return createSyncLayer({ adapter: restAdapter({ url }), collections: ['notes'], sync: { auto: false } })
}

async function pull(
  { url }: RunningServer,
  scope: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const body = JSON.stringify({ scope, collections: [{ name: 'notes' }], cursor: null, limit: 10 })
  const { status } = await fetch(`${url}/sync/pull`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return status
}

/** Asks under any name: `fetch` lets nobody choose that. */
function statusUnder(host: string, { port }: RunningServer, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.once('error', reject).end()
  })
}

describe('synclayer-server without set-up', () => {
  test('serves a SQLite file of its folder on this machine only, and says to whom', async () => {
    const server = await place.serve()
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const file = join(place.folder, 'synclayer.db')
    expect(existsSync(file)).toBe(true)
    expect(server.entries.at(-1)).toMatchObject({
      level: 'info',
      adapter: 'sqlite',
      access: 'open',
      host: '127.0.0.1',
    })
    const warning = server.entries.find(({ level }) => level === 'warn')
    expect(warning?.msg).toMatch(
      /^No secret is set: whoever is on this machine may read and write, scope default only/,
    )

    const ada = await client(server.url)
    const ben = await client(server.url)
    const id = await ada.collection('notes').save({ text: 'private' })
    await ada.sync()
    await ben.sync()
    expect(await ben.collection('notes').get(id)).toMatchObject({ text: 'private' })
    await Promise.all([ada.close(), ben.close()])

    expect(await pull(server, 'user:ada')).toBe(403)
    const { code, errors, lines } = await server.stop()
    expect([code, errors]).toEqual([0, ''])
    expect(lines.join('\n')).not.toContain('private')
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'keeps its data when it ends by %s and is started again',
    async (signal) => {
      const first = await place.serve()
      const ada = await client(first.url)
      const id = await ada.collection('notes').save({ text: 'kept' })
      await ada.sync()
      await ada.close()
      await first.stop(signal)

      const second = await place.serve()
      const ben = await client(second.url)
      await ben.sync()
      expect(await ben.collection('notes').get(id)).toMatchObject({ text: 'kept' })
      await ben.close()
    },
  )

  test('answers under the names of this machine, and under no other (DNS rebinding)', async () => {
    const server = await place.serve()
    for (const host of ['localhost', '127.0.0.1:80', `[::1]:${server.port}`]) {
      expect(await statusUnder(host, server, '/sync')).toBe(200)
    }
    for (const path of ['/sync', '/sync/ws', '/sync/notes', '/health']) {
      for (const host of ['attacker.example', `localhost.attacker.example:${server.port}`, '0.0.0.0']) {
        expect(await statusUnder(host, server, path)).toBe(403)
      }
    }
  })

  test('pages of this machine may ask, and those that are named; no others', async () => {
    const server = await place.serve(['--cors', 'https://app.example.com'])
    const asked = (origin: string): Promise<number> => pull(server, 'default', { origin })
    expect(await asked('http://localhost:3000')).toBe(200)
    expect(await asked('https://app.example.com')).toBe(200)
    for (const origin of ['https://attacker.example', 'http://localhost.attacker.example', 'null'])
      expect(await asked(origin)).toBe(403)
  })

  test('forgets what was deleted longer ago than told', async () => {
    const server = await place.serve(['--retention', '1ms', '--purge-interval', '50ms'])
    const purged = server.entry('Purged', '"tombstones":1')
    const ada = await client(server.url)
    const id = await ada.collection('notes').save({ text: 'gone' })
    await ada.sync()
    await ada.collection('notes').delete(id)
    await ada.sync()
    expect(await purged).toMatchObject({ level: 'info', tombstones: 1 })
    await ada.close()
  })
})
