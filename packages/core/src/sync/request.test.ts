import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'
import { request } from './request.ts'

function limits() {
  const time = createVirtualTime()
  const controller = new AbortController()
  return {
    time,
    controller,
    limits: { timeoutMs: 1_000, scheduler: time.scheduler, signal: controller.signal },
  }
}

describe('request', () => {
  test('gives the answer, and leaves no timer behind (W22)', async () => {
    const { time, limits: given } = limits()
    await expect(request(given, async () => 7)).resolves.toBe(7)
    expect(time.timers).toBe(0)
  })

  test('is aborted at its limit with TIMEOUT; the answer that comes later is for nobody (W22)', async () => {
    const { time, limits: given } = limits()
    let answer = (_value: number): void => undefined
    let aborted = false
    const outcome = request(given, (signal) => {
      signal.addEventListener('abort', () => (aborted = true))
      return new Promise<number>((resolve) => (answer = resolve))
    })
    outcome.catch(() => undefined)
    await time.advance(999)
    expect(aborted).toBe(false)
    await time.advance(1)
    await expect(outcome).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
    expect(aborted).toBe(true)
    answer(7)
    await expect(outcome).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('is stopped with ABORTED, also before it began (W22)', async () => {
    const { time, controller, limits: given } = limits()
    const outcome = request(given, () => new Promise(() => undefined))
    controller.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'ABORTED' })
    let called = false
    const late = request(given, async () => (called = true))
    await expect(late).rejects.toMatchObject({ code: 'ABORTED' })
    expect([called, time.timers]).toEqual([false, 0])
  })

  test('keeps the code of a SyncError; anything else is BACKEND_FAILED with its cause (W9)', async () => {
    const { limits: given } = limits()
    const offline = new SyncError('NETWORK', 'offline')
    await expect(request(given, () => Promise.reject(offline))).rejects.toBe(offline)
    const cause = new Error('driver')
    await expect(request(given, () => Promise.reject(cause))).rejects.toMatchObject({
      code: 'BACKEND_FAILED',
      cause,
    })
  })

  test('an adapter that throws before it returns a promise is a failure like any other (W9)', async () => {
    const { time, limits: given } = limits()
    const outcome = request(given, () => {
      throw new Error('at once')
    })
    await expect(outcome).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    expect(time.timers).toBe(0)
  })
})
