import { describe, expect, test } from 'vitest'
import { createVirtualTime } from './virtual-time.ts'

describe.each(['event loop', 'tick'] as const)('rests by %s', (rest) => {
  const nothing = (): void => undefined

  async function manyPromises(then: () => void): Promise<void> {
    for (let count = 0; count < 100; count += 1) await Promise.resolve()
    then()
  }

  test('once every promise has been seen to, whoever asks', async () => {
    const time = createVirtualTime(0, rest)
    const seen: string[] = []
    void manyPromises(() => seen.push('inside'))
    await time.settle()
    expect(seen).toEqual(['inside'])
    const asked = new Promise<void>((resolve, reject) => {
      // No promise is being seen to here.
      setImmediate(() => {
        void manyPromises(() => seen.push('outside'))
        time.settle().then(() => {
          expect(seen).toEqual(['inside', 'outside'])
          resolve()
        }, reject)
      })
    })
    await asked
  })

  test('timers come in order, each with its promises before the next', async () => {
    const time = createVirtualTime(1_000, rest)
    const seen: string[] = []
    const { scheduler, clock } = time
    scheduler.after(20, () => seen.push(`second at ${clock.now()}`))
    scheduler.after(10, () => void manyPromises(() => seen.push(`first at ${clock.now()}`)))
    scheduler.after(30, nothing)
    scheduler.after(15, () => seen.push('never'))()
    await time.advance(25)
    expect(seen).toEqual(['first at 1010', 'second at 1020'])
    expect([time.timers, clock.now()]).toEqual([1, 1_025])
  })

  test('lets time pass until something holds, or gives up', async () => {
    const time = createVirtualTime(0, rest)
    let isDone = false
    time.scheduler.after(500, () => void manyPromises(() => (isDone = true)))
    expect(await time.until(() => isDone, 400)).toBe(false)
    expect(await time.until(() => isDone, 500)).toBe(true)
    expect(time.clock.now()).toBe(500)
  })
})
