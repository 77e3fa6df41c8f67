import { describe, expect, test, vi } from 'vitest'
import { systemDeps } from './system-deps.ts'

describe('systemDeps', () => {
  test('gives time, randomness and timers of the platform', async () => {
    const before = Date.now()
    expect(systemDeps.clock.now()).toBeGreaterThanOrEqual(before)
    expect(systemDeps.random.bytes(16)).toHaveLength(16)
    expect(systemDeps.random.bytes(16)).not.toEqual(systemDeps.random.bytes(16))
    expect(systemDeps.random.next()).toBeLessThan(1)
    const cancelled = vi.fn<() => void>()
    const stop = systemDeps.scheduler.after(1, cancelled)
    stop()
    stop()
    await new Promise<void>((resolve) => {
      systemDeps.scheduler.after(5, resolve)
      // The scheduler's own timers keep nobody waiting.
      setTimeout(() => undefined, 50)
    })
    expect(cancelled).not.toHaveBeenCalled()
  })

  test('its timers keep no process alive', () => {
    const unref = vi.fn<() => void>()
    vi.stubGlobal('setTimeout', () => ({ unref }))
    systemDeps.scheduler.after(3_600_000, () => undefined)
    expect(unref).toHaveBeenCalledOnce()
  })

  test('holds the process while somebody waits', () => {
    const cleared = vi.fn<(timer: unknown) => void>()
    vi.stubGlobal('setInterval', () => 'the timer')
    vi.stubGlobal('clearInterval', cleared)
    const release = systemDeps.holdProcess()
    expect(cleared).not.toHaveBeenCalled()
    release()
    expect(cleared).toHaveBeenCalledExactlyOnceWith('the timer')
  })

  test('without a browser it counts as online, and there is nothing to stop', () => {
    expect(systemDeps.connectivity.online).toBe(true)
    expect(() => systemDeps.connectivity.subscribe(() => undefined)()).not.toThrow()
  })

  test('the console gets each level by its own method, with a prefix', () => {
    const calls: unknown[][] = []
    for (const name of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, name).mockImplementation((...given: unknown[]) => void calls.push([name, ...given]))
    }
    systemDeps.logger.log('debug', 'a')
    systemDeps.logger.log('info', 'b', { x: 1 })
    systemDeps.logger.log('warning', 'c')
    systemDeps.logger.log('error', 'd')
    expect(calls).toEqual([
      ['debug', '[synclayer] a'],
      ['info', '[synclayer] b', { x: 1 }],
      ['warn', '[synclayer] c'],
      ['error', '[synclayer] d'],
    ])
  })
})

test('what one posts on a channel reaches all others that opened it, until they close it (W39)', async () => {
  const { channels } = systemDeps
  const heard: string[] = []
  const said = new Promise<void>((resolve) => {
    channels!.open('a', (message) => {
      heard.push(`other ${String(message)}`)
      if (message === 'last') resolve()
    })
  })
  const closed = channels!.open('a', () => void heard.push('closed'))
  const one = channels!.open('a', () => void heard.push('itself'))
  const elsewhere = channels!.open('b', () => void heard.push('elsewhere'))
  closed.close()
  one.post('first')
  one.post('last')
  await said
  expect(heard).toEqual(['other first', 'other last'])
  for (const channel of [one, elsewhere]) channel.close()
})
