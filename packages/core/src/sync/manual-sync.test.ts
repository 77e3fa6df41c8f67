import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import { createManualSync } from './manual-sync.ts'
import { newCounts } from './report-counts.ts'

const counts = (pushed: number) => ({ ...newCounts(), pushed })

describe('createManualSync', () => {
  test('a call waits for a whole round of every scope, and adds up what they did (W20)', async () => {
    const manual = createManualSync()
    const call = manual.wait(['a', 'b'], 1_000)
    manual.began('a')
    manual.ended('a', counts(2), null, 1_100)
    expect([manual.wants('a'), manual.wants('b')]).toEqual([false, true])
    manual.began('b')
    manual.ended('b', counts(3), null, 1_500)
    await expect(call).resolves.toEqual({ pushed: 5, pulled: 0, conflicts: 0, parked: 0, durationMs: 500 })
  })

  test('calls before a round begins share it; a call during a round joins the next (W20, O1)', async () => {
    const manual = createManualSync()
    const early = [manual.wait(['a'], 0), manual.wait(['a'], 0)]
    manual.began('a')
    const late = manual.wait(['a'], 0)
    expect(manual.wants('a')).toBe(true)
    manual.ended('a', counts(1), null, 10)
    await expect(Promise.all(early)).resolves.toMatchObject([{ pushed: 1 }, { pushed: 1 }])
    manual.began('a')
    manual.ended('a', counts(7), null, 20)
    await expect(late).resolves.toMatchObject({ pushed: 8 })
  })

  test('a call during a round reports that round too, and resolves with the next (W20)', async () => {
    const manual = createManualSync()
    manual.began('team')
    const report = manual.wait(['team'], 100)
    let isDone = false
    void report.then(() => (isDone = true))
    manual.ended('team', counts(7), null, 110)
    await Promise.resolve()
    expect(isDone).toBe(false)
    expect(manual.wants('team')).toBe(true)
    manual.began('team')
    manual.ended('team', { ...newCounts(), pulled: 2 }, null, 120)
    expect(await report).toEqual({ ...newCounts(), pushed: 7, pulled: 2, durationMs: 20 })
  })

  test('defect 31: rejects with the first error, once all scopes had their round (W19, O1)', async () => {
    const manual = createManualSync()
    const call = manual.wait(['a', 'b'], 0)
    const failure = new SyncError('NETWORK', 'offline')
    for (const scope of ['a', 'b']) manual.began(scope)
    manual.ended('a', counts(0), failure, 10)
    manual.ended('b', counts(0), new SyncError('TIMEOUT', 'late'), 10)
    await expect(call).rejects.toBe(failure)
  })

  test('a scope that is gone is not waited for (R9)', async () => {
    const manual = createManualSync()
    const both = manual.wait(['a', 'b'], 0)
    manual.began('a')
    manual.left('b', 5)
    manual.ended('a', counts(1), null, 10)
    await expect(both).resolves.toMatchObject({ pushed: 1 })
    const only = manual.wait(['b'], 0)
    manual.left('b', 5)
    await expect(only).resolves.toMatchObject({ pushed: 0 })
  })

  test('abort rejects all that wait (O2)', async () => {
    const manual = createManualSync()
    const calls = [manual.wait(['a'], 0), manual.wait(['a'], 0)]
    const closed = new SyncError('ABORTED', 'closed')
    manual.abort(closed)
    for (const call of calls) await expect(call).rejects.toBe(closed)
    expect(manual.wants('a')).toBe(false)
  })
})
