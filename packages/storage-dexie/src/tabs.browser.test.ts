/** Several tabs on one store: what each is told of the commits of the others. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createStorageLab, row, type StorageLab } from './testing/storage-lab.ts'

// A machine may be busy with other tests.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let lab: StorageLab

beforeAll(async () => {
  lab = await createStorageLab()
})
afterAll(() => lab.close())

describe('commits of another tab', () => {
  test('are told with the ids of their records; of very many, and of clearing, that anything may have changed', async () => {
    const [here, there] = [await lab.tab(), await lab.tab()]
    await here.open({ name: 'told' })
    await there.open({ name: 'told' })
    await there.commit({ records: [row('a'), row('b')] })
    await there.commit({ removals: [{ collection: 'notes', id: 'a' }] })
    await there.commit({ entries: [{ name: 'cursor', value: '1' }] })
    await there.commit({ records: Array.from({ length: 1_001 }, (_, at) => row(`n${at}`)) })
    await there.clear()
    await expect.poll(() => here.heard(), { timeout: 10_000 }).toEqual([['a', 'b'], ['a'], [], null, null])
    expect(await there.heard()).toEqual([])
    await here.close()
    await there.close()
  })

  test('that write nothing are not told', async () => {
    const [here, there] = [await lab.tab(), await lab.tab()]
    await here.open({ name: 'silent' })
    await there.open({ name: 'silent' })
    await there.commit({})
    await there.commit({ flush: true })
    const stale = await there.commit({ records: [row('a')] }, [{ collection: 'notes', id: 'a', revision: 7 }])
    expect(stale.status).toBe('stale')
    await there.commit({ records: [row('last')] })
    await expect.poll(() => here.heard(), { timeout: 10_000 }).toEqual([['last']])
    await here.close()
    await there.close()
  })

  test('never undo each other: two tabs count on one row at the same time', async () => {
    const tabs = [await lab.tab(), await lab.tab(), await lab.tab()]
    for (const tab of tabs) await tab.open({ name: 'counted' })
    await tabs[0]!.commit({ records: [row('n', { sync: '0' })] })
    // Until they have been in each other's way: else nothing is proven.
    let rounds = 0
    for (let stale = 0; stale === 0; rounds += 1) {
      const counts = await Promise.all(tabs.map((tab) => tab.increment('n', 100)))
      stale = Math.max(...counts)
    }
    expect(await tabs[0]!.read(['n'])).toMatchObject([{ sync: String(300 * rounds) }])
    for (const tab of tabs) await tab.close()
  })
})
