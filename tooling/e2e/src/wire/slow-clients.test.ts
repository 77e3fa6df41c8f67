import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { next, notesOf } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { follow, openFollower } from './follower.ts'
import { createRelay } from './proxy/relay.ts'
import { headOf } from './requests.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-slow-clients-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const MIB = 1024 * 1024
const CHANGES = 50_000
const TOGETHER = 500
const STALLED = 10
/** Half a minute without taking anything is what the server allows. */
const LET_GO_MS = 32_000
/** What the network itself holds on the way. */
const LARGE = { count: 100, bytes: 200_000 } as const
/** Nothing is looked for by the clock: what comes was told. */
const TOLD = { interval: '1h', batchSize: TOGETHER } as const

test('who takes nothing costs no memory, is let go of with 1013, and catches up', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  const relay = await createRelay(server.port)
  const slow = await openClient({ backend: relay.url, sync: TOLD })
  const writer = await openClient({ backend: server.url, sync: TOLD })
  await Promise.all([next(slow, 'realtimeConnected'), next(writer, 'realtimeConnected')])
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
  const stalledAt = performance.now()
  for (let n = 0; n < LARGE.count; n++) {
    await writer.collection('notes').save({ id: 'large', text: 'x'.repeat(LARGE.bytes), n })
    await writer.sync()
  }
  // They take again what they left, once they must have been let go of, and find that they were.
  const awaken = (): void => {
    for (const { socket } of stalled) socket.resume()
  }
  let mostResident = 0
  let mostHeap = 0
  for (let from = 0; from < CHANGES; from += TOGETHER) {
    const notes = Array.from({ length: TOGETHER }, (_, n) => ({
      id: `note-${from + n}`,
      text: `A note of some length, ${'so that much would be kept, '.repeat(6)}were it kept.`,
      n: from + n,
    }))
    await writer.collection('notes').saveAll(notes)
    await writer.sync()
    if (performance.now() - stalledAt > LET_GO_MS) awaken()
    if (from % 5_000 !== 0) continue
    const { resident, heap } = await server.memory()
    mostResident = Math.max(mostResident, resident)
    mostHeap = Math.max(mostHeap, heap)
  }
  await delay(Math.max(0, LET_GO_MS - (performance.now() - stalledAt)))
  awaken()
  const codes = await Promise.all(stalled.map(({ closed }) => closed))
  relay.stallSockets(false)
  await lost
  await arrival(slow, `note-${CHANGES - 1}`)
  await slow.sync()
  expect(await slow.collection('notes').count()).toBe(5_001 + CHANGES)

  const grown = { resident: (mostResident - before.resident) / MIB, heap: (mostHeap - before.heap) / MIB }
  process.stdout.write(
    `${CHANGES} changes past ${STALLED + 1} sockets that take nothing: the server grew by ` +
      `${grown.resident.toFixed(0)} MiB at most, its heap by ${grown.heap.toFixed(1)} MiB\n`,
  )
  expect(new Set(codes)).toEqual(new Set([1013]))
  expect(grown.heap).toBeLessThan(16)
  expect(grown.resident).toBeLessThan(150)
  await Promise.all([slow.close(), writer.close()])
  await relay.close()
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
}, 120_000)
