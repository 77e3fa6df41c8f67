import { describe, expect, test } from 'vitest'
import { createManualSync } from './manual-sync.ts'

const NONE = { pushed: 0, pulled: 0, conflicts: 0, parked: 0 }

describe('manual sync', () => {
  test('a call during a round reports that round too, and resolves with the next', async () => {
    const manual = createManualSync()
    manual.began('team')
    const report = manual.wait(['team'], 100)
    let isDone = false
    void report.then(() => (isDone = true))
    manual.ended('team', { ...NONE, pushed: 7 }, null, 110)
    await Promise.resolve()
    expect(isDone).toBe(false)
    expect(manual.wants('team')).toBe(true)
    manual.began('team')
    manual.ended('team', { ...NONE, pulled: 2 }, null, 120)
    expect(await report).toEqual({ ...NONE, pushed: 7, pulled: 2, durationMs: 20 })
  })
})
