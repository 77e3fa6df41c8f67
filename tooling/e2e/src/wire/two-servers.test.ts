import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { next } from '../engine/fixtures.ts'
import { arrival } from './arrival.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-two-servers-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

/** Nothing is looked for by the clock: what comes was told. */
const TOLD = { interval: '1h' } as const

test('two servers on one file serve each other’s clients, and one goes on where the other is killed', async () => {
  const file = join(folder, 'backend.db')
  const [left, right] = await Promise.all([startServer({ file }), startServer({ file })])
  const ada = await openClient({ backend: left.url, sync: TOLD })
  const bob = await openClient({ backend: right.url, sync: TOLD })
  await Promise.all([next(ada, 'realtimeConnected'), next(bob, 'realtimeConnected')])
  await Promise.all([ada.sync(), bob.sync()])

  const waits: number[] = []
  for (let n = 0; n < 20; n++) {
    const [from, to] = n % 2 === 0 ? [ada, bob] : [bob, ada]
    const id = await from.collection('notes').save({ text: 'Across.', n })
    waits.push(await arrival(to, id))
  }
  const longest = Math.max(...waits)
  process.stdout.write(`from one server's client to the other's: ${longest.toFixed(0)} ms at most\n`)
  expect(longest).toBeLessThan(1_000)

  await left.kill()
  await ada.collection('notes').save({ id: 'while-down', text: 'Kept here.', n: 0 })
  await bob.collection('notes').save({ id: 'meanwhile', text: 'Served there.', n: 0 })
  await bob.sync()
  const back = await startServer({ file, port: left.port })
  await Promise.all([arrival(ada, 'meanwhile'), arrival(bob, 'while-down')])
  expect(await bob.collection('notes').getAll()).toEqual(await ada.collection('notes').getAll())
  await Promise.all([ada.close(), bob.close()])
  expect(await Promise.all([back.stop(), right.stop()])).toMatchObject([{ code: 0 }, { code: 0 }])
})
