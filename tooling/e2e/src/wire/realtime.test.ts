import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected, gather, next, notesOf } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { arrival } from './arrival.ts'
import { createRelay } from './proxy/relay.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-realtime-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)
let files = 0

/** Nothing is looked for by the clock: what comes was told. */
const TOLD = { interval: '1h' } as const

function newFile(): string {
  files += 1
  return join(folder, `backend-${files}.db`)
}

describe('clients over HTTP and WebSocket', () => {
  test('the very first connection delivers: to a new client of an empty backend, and to one of a full one', async () => {
    const server = await startServer({ file: newFile() })
    const early = await connected(openClient({ backend: server.url, sync: TOLD }))
    const writer = await openClient({ backend: server.url, sync: TOLD })
    await writer.collection('notes').save({ id: 'first', text: 'Hello.', n: 1 })
    await arrival(early, 'first')
    const late = await openClient({ backend: server.url, sync: TOLD })
    await arrival(late, 'first')
    await writer.collection('notes').update('first', { n: 2 })
    await Promise.all([early, late].map((client) => arrival(client, 'first', ({ n }) => n === 2)))
    await Promise.all([early, late, writer].map((client) => client.close()))
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('a gap while away is filled, and what comes after it is told again', async () => {
    const server = await startServer({ file: newFile() })
    const relay = await createRelay(server.port)
    const away = await connected(openClient({ backend: relay.url, sync: TOLD }))
    const there = await openClient({ backend: server.url, sync: TOLD })
    await away.sync()
    for (let gap = 1; gap <= 3; gap++) {
      const lost = next(away, 'realtimeDisconnected')
      relay.cut(true)
      await lost
      const again = next(away, 'realtimeConnected')
      await there.collection('notes').saveAll(notesOf(`gap-${gap}`, 700))
      await there.sync()
      relay.cut(false)
      await Promise.all([again, arrival(away, `gap-${gap}-699`)])
      await there.collection('notes').save({ id: `after-${gap}`, text: 'Told.', n: gap })
      await arrival(away, `after-${gap}`)
      expect(await away.collection('notes').getAll()).toEqual(await there.collection('notes').getAll())
    }
    await Promise.all([away, there].map((client) => client.close()))
    await relay.close()
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('changes arrive by polling while WebSockets are blocked, and are told again once they are free', async () => {
    const server = await startServer({ file: newFile() })
    const relay = await createRelay(server.port)
    relay.blockSockets(true)
    const polling = await openClient({ backend: relay.url, sync: { interval: '300ms' } })
    const connections = gather(polling, 'realtimeConnected')
    const writer = await openClient({ backend: server.url, sync: TOLD })
    await writer.collection('notes').save({ id: 'polled', text: 'Found.', n: 0 })
    await arrival(polling, 'polled')
    expect(connections).toEqual([])

    relay.blockSockets(false)
    await next(polling, 'realtimeConnected')
    const said = (): number => relay.traffic().get('/sync/ws')!.toClient
    const before = said()
    for (let n = 0; n < 10; n++) {
      const id = await writer.collection('notes').save({ text: 'Told.', n })
      await arrival(polling, id)
    }
    // Were they only polled, nothing would be said here.
    await expect.poll(() => said() - before).toBeGreaterThan(1_000)

    const lost = next(polling, 'realtimeDisconnected')
    relay.blockSockets(true)
    await lost
    await writer.collection('notes').save({ id: 'polled-again', text: 'Found.', n: 0 })
    await arrival(polling, 'polled-again')
    await Promise.all([polling, writer].map((client) => client.close()))
    await relay.close()
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
