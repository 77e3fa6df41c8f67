import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected } from '../engine/fixtures.ts'
import { dice, type EngineClient, openClient } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { createRelay, type Relay, type Traffic } from './proxy/relay.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-bytes-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const DOCUMENT_BYTES = 50_000
const TIMES = 20

/** Text that compression makes little of, so that what is saved is not saved by it. */
function noise(length: number): string {
  const roll = dice(1)
  return Array.from({ length }, () => String.fromCharCode(35 + Math.floor(roll() * 90))).join('')
}

/** Bytes a time, since `before`, by path. */
function since(relay: Relay, before: ReadonlyMap<string, Traffic>): ReadonlyMap<string, Traffic> {
  const each = (path: string, now: Traffic, what: keyof Traffic): number =>
    (now[what] - (before.get(path)?.[what] ?? 0)) / TIMES
  return new Map(
    [...relay.traffic()].map(([path, now]) => [
      path,
      {
        requests: each(path, now, 'requests'),
        toServer: each(path, now, 'toServer'),
        toClient: each(path, now, 'toClient'),
      },
    ]),
  )
}

function report(who: string, traffic: ReadonlyMap<string, Traffic>): string {
  const lines = [...traffic].map(
    ([path, { requests, toServer, toClient }]) =>
      `  ${who} ${path}: ${requests.toFixed(1)} requests, ${toServer.toFixed(0)} bytes to the server, ${toClient.toFixed(0)} back\n`,
  )
  return lines.join('')
}

function bytesOf(client: EngineClient): { readonly sent: number; readonly received: number } {
  return client.metrics().bytes
}

test('of a document of 50 KB with one field changed, less than a fiftieth is sent; who receives it gets all of it', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  const [toAda, toBob] = await Promise.all([createRelay(server.port), createRelay(server.port)])
  const sync = { interval: '1h' } as const
  const [ada, bob] = await Promise.all([
    connected(openClient({ backend: toAda.url, sync })),
    connected(openClient({ backend: toBob.url, sync })),
  ])
  await Promise.all([ada.sync(), bob.sync()])

  const creating = toAda.traffic().get('/sync/push')?.toServer ?? 0
  await ada.collection('notes').save({ id: 'large', text: noise(DOCUMENT_BYTES), n: 0 })
  await Promise.all([ada.outbox.settled(), arrival(bob, 'large')])
  const whole = toAda.traffic().get('/sync/push')!.toServer - creating
  // The document alone, compressed as it is.
  expect(whole).toBeGreaterThan(0.8 * DOCUMENT_BYTES)
  await Promise.all([ada.sync(), bob.sync()])

  const before = { ada: toAda.traffic(), bob: toBob.traffic(), sent: bytesOf(ada), received: bytesOf(bob) }
  for (let n = 1; n <= TIMES; n++) {
    await ada.collection('notes').update('large', { n })
    await Promise.all([ada.outbox.settled(), arrival(bob, 'large', (note) => note.n === n)])
  }
  const [pusher, receiver] = [since(toAda, before.ada), since(toBob, before.bob)]
  const push = pusher.get('/sync/push')!.toServer
  const saved = 100 * (1 - push / whole)
  const sent = (bytesOf(ada).sent - before.sent.sent) / TIMES
  const received = (bytesOf(bob).received - before.received.received) / TIMES
  process.stdout.write(
    `one field of a document of ${DOCUMENT_BYTES} bytes changed: a push of ${push.toFixed(0)} bytes with all headers, where the ` +
      `document takes ${whole}: ${saved.toFixed(2)} % saved. Of all a change takes, on average:\n` +
      `${report('who changes it', pusher)}${report('who receives it', receiver)}` +
      `  counted by the clients, without headers: ${sent.toFixed(0)} sent, ${received.toFixed(0)} received\n`,
  )
  expect(saved).toBeGreaterThan(98)
  expect(sent).toBeLessThan(DOCUMENT_BYTES / 50)
  // Whoever receives a change gets the record as it is now, as a pull gives it, and once.
  const got = [...receiver.values()].reduce((sum, { toClient }) => sum + toClient, 0)
  expect(got).toBeLessThan(1.2 * DOCUMENT_BYTES)
  await Promise.all([ada.close(), bob.close()])
  await Promise.all([toAda.close(), toBob.close()])
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
})
