import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restAdapter } from '@synclayer/adapter-rest'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected, gather } from '../engine/fixtures.ts'
import { type EngineClient, openClient } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { startServer } from './server-process.ts'
import { secondsFromNow, signToken } from './tokens.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-credentials-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const SECRET = 'a secret of more than thirty-two bytes'
const CLAIMS = { sub: 'ada', scopes: ['default'] } as const

/** Seconds: long enough for a request to be on its way, on a busy machine too. */
const LIFE_S = 4

/** Tokens of a login service, each good for so long. */
function lastingFor(seconds: number): string {
  return signToken(SECRET, { ...CLAIMS, exp: secondsFromNow(seconds) })
}

function clientOf(url: string, auth: () => string | null): Promise<EngineClient> {
  return openClient({
    backend: restAdapter({ url, auth }),
    sync: { interval: '1h', retry: { base: '20ms', max: '100ms' } },
  })
}

/** Resolves once the client is in that phase. */
async function phase(client: EngineClient, wanted: EngineClient['status']['phase']): Promise<void> {
  if (client.status.phase === wanted) return
  await new Promise<void>((resolve) => {
    const stop = client.status.subscribe(({ phase: now }) => {
      if (now !== wanted) return
      stop()
      resolve()
    })
  })
}

describe('credentials that expire', () => {
  test('are asked for again where they run out, for requests and for sockets, and nothing is lost or refused', async () => {
    const server = await startServer({ file: join(folder, 'short.db'), settings: { secret: SECRET } })
    let asked = 0
    let current = lastingFor(LIFE_S)
    const ada = await clientOf(server.url, () => {
      asked += 1
      // As apps do: a token is kept until it was refused, or is known to be over.
      return current
    })
    const refreshing = await openClient({
      backend: restAdapter({
        url: server.url,
        auth: ({ refused }) => (refused === current ? (current = lastingFor(LIFE_S)) : current),
      }),
      sync: { interval: '1h', retry: { base: '20ms', max: '100ms' } },
    })
    const parked = gather(refreshing, 'mutationParked')
    const cutOff = gather(refreshing, 'realtimeDisconnected')
    const connections = gather(refreshing, 'realtimeConnected')
    let n = 0
    // The sockets are closed as their tokens run out, and opened again with new ones.
    while (cutOff.length < 2 || connections.length < 2) {
      n += 1
      await refreshing.collection('notes').save({ id: `note-${n}`, text: 'Through it all.', n })
      await refreshing.sync()
      await arrival(ada, `note-${n}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(parked).toEqual([])
    expect(refreshing.status).toMatchObject({ pending: 0, parked: 0 })
    expect(asked).toBeGreaterThan(0)
    await Promise.all([ada.close(), refreshing.close()])
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('that are not to be had make it wait as needsAuth, with all it has, until they are', async () => {
    const server = await startServer({ file: join(folder, 'waiting.db'), settings: { secret: SECRET } })
    let token: string | null = lastingFor(3_600)
    const [ada, bob] = await Promise.all([
      connected(clientOf(server.url, () => token)),
      connected(clientOf(server.url, () => lastingFor(3_600))),
    ])
    const parked = gather(ada, 'mutationParked')
    token = signToken(SECRET, { ...CLAIMS, exp: secondsFromNow(-60) })
    await ada.collection('notes').save({ id: 'held', text: 'Not lost.', n: 1 })
    await phase(ada, 'needsAuth')
    expect(ada.status).toMatchObject({ pending: 1, parked: 0 })
    token = null
    await ada.collection('notes').save({ id: 'held-too', text: 'Not lost.', n: 2 })
    expect(ada.status).toMatchObject({ pending: 2, parked: 0 })
    token = lastingFor(3_600)
    await Promise.all([arrival(bob, 'held'), arrival(bob, 'held-too')])
    await phase(ada, 'idle')
    expect(parked).toEqual([])
    await Promise.all([ada.close(), bob.close()])
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
