import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected, next, notesOf } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { follow, openFollower } from './follower.ts'
import { grownBy, growthText } from './memory.ts'
import { createRelay } from './proxy/relay.ts'
import { headOf } from './requests.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-slow-clients-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const CHANGES = 50_000
const TOGETHER = 500
const STALLED = 10
/** What the network itself holds on the way. */
const LARGE = { count: 150, bytes: 200_000 } as const
/** Nothing is looked for by the clock: what comes was told. */
const TOLD = { interval: '1h', batchSize: TOGETHER } as const

test('who takes nothing costs no memory, is let go of with 1013, and catches up', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  const relay = await createRelay(server.port)
  const [slow, writer] = await Promise.all([
    connected(openClient({ backend: relay.url, sync: TOLD })),
    connected(openClient({ backend: server.url, sync: TOLD })),
  ])
  // What a server needs for as many changes is there before it is measured.
  await writer.collection('notes').saveAll(notesOf('before', 5_000))
  await writer.sync()
  await arrival(slow, 'before-4999')
  const before = await server.memory()

  const { cursor } = await headOf(server.url)
  const stalled = await Promise.all(
    Array.from({ length: STALLED }, async () => {
      const follower = await openFollower(server.url, null)
      await follow(follower, 1, cursor)
      follower.socket.pause()
      return follower
    }),
  )
  const lost = next(slow, 'realtimeDisconnected')
  relay.stallSockets(true)
  for (let n = 0; n < LARGE.count; n++) {
    await writer.collection('notes').save({ id: 'large', text: 'x'.repeat(LARGE.bytes), n })
    await writer.sync()
  }
  let most = before
  for (let from = 0; from < CHANGES; from += TOGETHER) {
    const notes = Array.from({ length: TOGETHER }, (_, n) => ({
      id: `note-${from + n}`,
      text: `A note of some length, ${'so that much would be kept, '.repeat(6)}were it kept.`,
      n: from + n,
    }))
    await writer.collection('notes').saveAll(notes)
    await writer.sync()
    if (from % 5_000 !== 0) continue
    const { resident, heap } = await server.memory()
    most = { resident: Math.max(most.resident, resident), heap: Math.max(most.heap, heap) }
  }
  // They take again what they left when they were let go of, and find that they were.
  await server.closed(STALLED + 1)
  for (const { socket } of stalled) socket.resume()
  await Promise.all(stalled.map(({ closed }) => closed))
  relay.stallSockets(false)
  await lost
  await arrival(slow, `note-${CHANGES - 1}`)
  await slow.sync()
  expect(await slow.collection('notes').count()).toBe(5_001 + CHANGES)

  const grown = grownBy(before, most)
  process.stdout.write(
    `${CHANGES} changes past ${STALLED + 1} sockets that take nothing: at most ${growthText(grown)}; closed with ${server.closings.join(', ')}\n`,
  )
  // 1001 where the network had room for all of it, and nothing was heard for a minute.
  expect(server.closings).toContain(1013)
  for (const code of server.closings) expect([1013, 1001]).toContain(code)
  expect(grown.heap).toBeLessThan(16)
  expect(grown.resident).toBeLessThan(150)
  await Promise.all([slow.close(), writer.close()])
  await relay.close()
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
}, 300_000)
