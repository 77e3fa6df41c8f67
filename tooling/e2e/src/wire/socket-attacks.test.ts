import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROTOCOL_VERSION, type ServerMessage } from '@synclayer/core/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { follow, openFollower } from './follower.ts'
import { grownBy, growthText } from './memory.ts'
import type { RawSocket } from './raw-http.ts'
import {
  BINARY,
  closeCodeOf,
  CONTINUATION,
  type FrameOptions,
  frameOf,
  openRawSocket,
  TEXT,
  textsOf,
} from './raw-socket.ts'
import { creation, headOf, push } from './requests.ts'
import { type Memory, type ServerProcess, startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-socket-attacks-'))
const MIB = 1024 * 1024
const HELLO = JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION })
let server: ServerProcess
let before: Memory

beforeAll(async () => {
  server = await startServer({ file: join(folder, 'backend.db') })
  await push(server.url, 'warm', [creation('warm', 1)])
  before = await server.memory()
})

afterAll(async () => {
  await endChildren()
  rmSync(folder, { recursive: true })
})

/** Sends frames over an upgraded connection. */
async function send(...frames: readonly (readonly [Buffer | string, FrameOptions])[]): Promise<RawSocket> {
  const raw = await openRawSocket(server.port)
  for (const [payload, options] of frames) raw.write(frameOf(payload, options))
  return raw
}

/** The code the server closes with; who is told so goes, as clients do. */
async function closeCode(raw: RawSocket): Promise<number | null> {
  const received = await raw.until((text) => closeCodeOf(text) !== null)
  raw.socket.destroy()
  return closeCodeOf(received)
}

async function closedWith(
  ...frames: readonly (readonly [Buffer | string, FrameOptions])[]
): Promise<number | null> {
  return closeCode(await send(...frames))
}

describe('the server over raw WebSockets', () => {
  test('closes on what is no frame and no text: unmasked, reserved bits, unknown kinds, invalid UTF-8', async () => {
    expect(await closedWith([HELLO, { opcode: TEXT, isMasked: false }])).toBe(1002)
    expect(await closedWith([HELLO, { opcode: TEXT, reserved: 4 }])).toBe(1002)
    expect(await closedWith([HELLO, { opcode: 0x5 }])).toBe(1002)
    expect(await closedWith([HELLO, { opcode: CONTINUATION }])).toBe(1002)
    expect(await closedWith([Buffer.from([0xc3, 0x28]), { opcode: TEXT }])).toBe(1007)
  })

  test('closes on what is no message: no JSON, binary, unknown, out of turn, too large', async () => {
    expect(await closedWith(['not JSON', { opcode: TEXT }])).toBe(4400)
    expect(await closedWith([HELLO, { opcode: BINARY }])).toBe(4400)
    expect(await closedWith(['{"type":"constructor"}', { opcode: TEXT }])).toBe(4400)
    expect(await closedWith(['{"type":"ping"}', { opcode: TEXT }])).toBe(4400)
    expect(await closedWith([`${'['.repeat(100_000)}`, { opcode: TEXT }])).toBe(4400)
    const deep = `{"type":"hello","protocol":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(await closedWith([deep, { opcode: TEXT }], [HELLO, { opcode: TEXT }])).toBe(4400)
    expect(await closedWith([Buffer.alloc(1.5 * MIB, 0x20), { opcode: TEXT }])).toBe(4400)
    expect(await closedWith([Buffer.alloc(8 * MIB, 0x20), { opcode: TEXT }])).toBe(1009)
  })

  test('puts a message in pieces together, but none without an end', async () => {
    const raw = await send(
      [HELLO.slice(0, 9), { opcode: TEXT, isLast: false }],
      [HELLO.slice(9, 20), { opcode: CONTINUATION, isLast: false }],
      [HELLO.slice(20), { opcode: CONTINUATION }],
    )
    const received = await raw.until((text) => text.includes('welcome'))
    expect(textsOf(received).map((text) => JSON.parse(text) as ServerMessage)).toMatchObject([
      { type: 'welcome' },
    ])
    raw.socket.destroy()
    const endless = await send([HELLO.slice(0, 9), { opcode: TEXT, isLast: false }])
    const piece = frameOf(Buffer.alloc(MIB / 4, 0x20), { opcode: CONTINUATION, isLast: false })
    for (let pieces = 0; pieces < 64 && !endless.socket.destroyed; pieces++) {
      await new Promise((resolve) => endless.socket.write(piece, resolve))
    }
    expect(await closeCode(endless)).toBe(1009)
  })

  test('lets nobody wait for long who does not say hello, and does not answer who asks without reading', async () => {
    // What a server waits ten seconds for comes in half a second here.
    const hasty = await startServer({ file: join(folder, 'hasty.db'), settings: { speed: 20 } })
    const silent = await Promise.all(Array.from({ length: 50 }, () => openRawSocket(hasty.port)))
    const codes = await Promise.all(silent.map(closeCode))
    expect(new Set(codes)).toEqual(new Set([4400]))
    expect(await hasty.stop()).toMatchObject({ code: 0, errors: '' })

    const deaf = await send([HELLO, { opcode: TEXT }])
    await deaf.until((text) => text.includes('welcome'))
    deaf.socket.pause()
    const pings = Buffer.concat(
      Array.from({ length: 1_000 }, () => frameOf('{"type":"ping"}', { opcode: TEXT })),
    )
    for (let sent = 0; sent < 200 && !deaf.socket.destroyed; sent++) {
      await new Promise((resolve) => deaf.socket.write(pings, resolve))
    }
    deaf.socket.destroy()
  })

  test('gives no more than so many subscriptions to one socket, whatever it asks for', async () => {
    const follower = await openFollower(server.url, null)
    for (let id = 0; id < 5_000; id++) {
      const collections = [{ name: 'notes' }]
      follower.say({ type: 'subscribe', id, scope: `scope-${id % 500}`, collections, cursor: null })
    }
    follower.say({
      type: 'subscribe',
      id: 5_000,
      scope: 'default',
      collections: [{ name: '../etc' }],
      cursor: null,
    })
    await follower.closed
    const refused = follower.messages.filter((message) => message.type === 'error')
    const taken = follower.messages.filter((message) => message.type === 'subscribed')
    expect(taken.length).toBeLessThanOrEqual(100)
    expect(refused.length).toBeGreaterThan(0)
  })

  test('tells others of changes after all of it, holds no more than before, and ends when told to', async () => {
    const { cursor } = await headOf(server.url)
    const follower = await openFollower(server.url, null)
    await follow(follower, 1, cursor)
    await push(server.url, 'after', [creation('after', 1)])
    await follower.next(({ type }) => type === 'page')
    follower.socket.close()
    const grown = grownBy(before, await server.memory())
    process.stdout.write(`after all attacks on sockets ${growthText(grown)}\n`)
    expect(grown.heap).toBeLessThan(16)
    expect(grown.resident).toBeLessThan(300)
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
