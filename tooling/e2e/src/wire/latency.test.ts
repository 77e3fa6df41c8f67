import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-latency-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const CHANGES = 200

test('a save is told to the other client’s live query, durable on both sides', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  const open = (name: string): ReturnType<typeof openClient> =>
    openClient({ store: join(folder, `${name}.db`), backend: server.url, sync: { interval: '1h' } })
  const [here, there] = await Promise.all([connected(open('here')), connected(open('there'))])
  await Promise.all([here.sync(), there.sync()])

  let told: (n: number) => void = () => undefined
  const live = there.collection('notes').orderBy('n', 'desc').limit(1).watch()
  live.subscribe(([newest]) => told(newest?.n ?? -1))
  const waits: number[] = []
  for (let n = 0; n < CHANGES; n++) {
    const seen = new Promise<void>((resolve) => {
      told = (newest) => {
        if (newest === n) resolve()
      }
    })
    const begun = performance.now()
    await here.collection('notes').save({ text: 'As it happens.', n })
    await seen
    waits.push(performance.now() - begun)
    await here.outbox.settled()
  }
  waits.sort((a, b) => a - b)
  // Polled, it would take hours. How long it takes depends on what else the machine does.
  const [median, p99] = [waits[CHANGES / 2]!, waits[Math.floor(CHANGES * 0.99)]!]
  process.stdout.write(
    `save to the other client's live query: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
  )
  live.close()
  await Promise.all([here.close(), there.close()])
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
})
