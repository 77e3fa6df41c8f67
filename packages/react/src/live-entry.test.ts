import { SyncError } from '@synclayer/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { KEPT_MS, startLiveEntry } from './live-entry.ts'

describe('startLiveEntry', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  test('what cannot be started is settled, and is let go of like everything else', async () => {
    const error = new SyncError('CLOSED', 'no')
    const onClose = vi.fn<() => void>()
    const entry = startLiveEntry(() => {
      throw error
    }, onClose)
    await entry.settled()
    expect(entry.read()).toMatchObject({ data: undefined, loading: false, error })
    vi.advanceTimersByTime(KEPT_MS)
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  test('a mistake of the program is thrown', () => {
    expect(() =>
      startLiveEntry(() => {
        throw new TypeError('no')
      }, vi.fn<() => void>()),
    ).toThrow(TypeError)
  })
})
