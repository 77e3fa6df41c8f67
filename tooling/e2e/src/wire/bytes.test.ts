import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { next } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { dice } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { createRelay, type Relay } from './proxy/relay.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-bytes-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const DOCUMENT_BYTES = 50_000
const TIMES = 20

/** Text that compression makes little of, so that what is saved is not saved by it. */
function noise(length: number): string {
  const roll = dice(1)
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(roll() * 90))).join('')
}

interface Count {
  readonly toServer: number
  readonly toClient: number
}

function countOf({ toServer, toClient }: Relay): Count {
  return { toServer, toClient }
}

/** Bytes since `before`, for each time. */
function since(relay: Relay, before: Count): Count {
  return {
    toServer: (relay.toServer - before.toServer) / TIMES,
    toClient: (relay.toClient - before.toClient) / TIMES,
  }
}

test('of a document of 50 KB with one field changed, less than a fiftieth is sent; whoever receives it gets all of it', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  const [toAda, toBob] = await Promise.all([createRelay(server.port), createRelay(server.port)])
  const sync = { interval: '1h' } as const
  const ada = await openClient({ backend: toAda.url, sync })
  const bob = await openClient({ backend: toBob.url, sync })
  await Promise.all([next(ada, 'realtimeConnected'), next(bob, 'realtimeConnected')])
  await Promise.all([ada.sync(), bob.sync()])

  const creating = countOf(toAda)
  await ada.collection('notes').save({ id: 'large', text: noise(DOCUMENT_BYTES), n: 0 })
  await ada.sync()
  const whole = toAda.toServer - creating.toServer
  expect(whole).toBeGreaterThan(0.8 * DOCUMENT_BYTES)
  await arrival(bob, 'large')

  const before = { ada: countOf(toAda), bob: countOf(toBob), sent: ada.metrics().bytes }
  const receivedBefore = bob.metrics().bytes
  for (let n = 1; n <= TIMES; n++) {
    await ada.collection('notes').update('large', { n })
    await ada.sync()
    await arrival(bob, 'large', (note) => note.n === n)
  }
  const pusher = since(toAda, before.ada)
  const receiver = since(toBob, before.bob)
  const counted = {
    sent: (ada.metrics().bytes.sent - before.sent.sent) / TIMES,
    received: (bob.metrics().bytes.received - receivedBefore.received) / TIMES,
  }
  const saved = 100 * (1 - pusher.toServer / whole)
  process.stdout.write(
    `one field of a document of ${DOCUMENT_BYTES} bytes: the document takes ${whole} bytes to the server, the change ` +
      `${pusher.toServer.toFixed(0)} (${saved.toFixed(1)} % saved), ${pusher.toClient.toFixed(0)} come back to who made it; ` +
      `the other client gets ${receiver.toClient.toFixed(0)} and sends ${receiver.toServer.toFixed(0)}. ` +
      `Counted by the clients: ${counted.sent.toFixed(0)} sent, ${counted.received.toFixed(0)} received\n`,
  )
  // Headers and all, in as many requests as it takes.
  expect(saved).toBeGreaterThan(98)
  await Promise.all([ada.close(), bob.close()])
  await Promise.all([toAda.close(), toBob.close()])
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
})
