/** What the reference server must do on every database. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { connected } from '../engine/fixtures.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { arrival } from '../wire/arrival.ts'
import { howLong } from '../wire/how-long.ts'
import { type Killed, killEverything, leastKilled } from './killed.ts'
import type { DatabaseLab } from './lab.ts'

/** Nothing is looked for by the clock: what comes was told. */
const TOLD = { interval: '1h' } as const

const time = howLong({ forMs: 15_000, longestMs: 300_000 })

export function serverSuite(lab: DatabaseLab): void {
  afterEach(endChildren)
  afterAll(() => lab.remove())

  describe(`synclayer-server on ${lab.adapter}`, () => {
    test('two servers serve each other’s clients, and one goes on where the other is killed', async () => {
      const database = await lab.database()
      const [left, right] = await Promise.all([lab.serve(database), lab.serve(database)])
      const [ada, bob] = await Promise.all([
        connected(openClient({ backend: left.url, sync: TOLD })),
        connected(openClient({ backend: right.url, sync: TOLD })),
      ])
      await Promise.all([ada.sync(), bob.sync()])

      const waits: number[] = []
      for (let n = 0; n < 20; n++) {
        const [from, to] = n % 2 === 0 ? [ada, bob] : [bob, ada]
        const id = await from.collection('notes').save({ text: 'Across.', n })
        waits.push(await arrival(to, id))
      }
      waits.sort((a, b) => a - b)
      const [median, longest] = [waits[10]!, waits.at(-1)!]
      process.stdout.write(
        `${database.product}: from one server's client to the other's: ${median.toFixed(0)} ms, ${longest.toFixed(0)} ms at most\n`,
      )

      await left.kill()
      await ada.collection('notes').save({ id: 'while-down', text: 'Kept here.', n: 0 })
      await bob.collection('notes').save({ id: 'meanwhile', text: 'Served there.', n: 0 })
      await bob.sync()
      const back = await lab.serve(database, left.port)
      await Promise.all([arrival(ada, 'meanwhile'), arrival(bob, 'while-down')])
      expect(await bob.collection('notes').getAll()).toEqual(await ada.collection('notes').getAll())
      await Promise.all([ada.close(), bob.close()])
      expect(await Promise.all([back.stop(), right.stop()])).toMatchObject([{ code: 0 }, { code: 0 }])
    })

    test(
      'clients, server and database, all killed at any moment, lose nothing and apply nothing twice (I1, I2, I3, I8, W3, W14)',
      async () => {
        const killed = await killEverything(lab, time)
        const least = leastKilled(lab)
        for (const what of Object.keys(least) as (keyof Killed)[])
          expect(killed[what], what).toBeGreaterThanOrEqual(least[what])
      },
      time.timeoutMs,
    )
  })
}
