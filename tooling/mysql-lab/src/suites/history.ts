import type { BackendAdapter } from '@synclayer/core/adapter'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, context, outcomes, pull, push, put } from '../calls.ts'
import type { Family } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000

/** Marks, epochs, restores under processes that have the database open, and what is forgotten when. */
export function historyTests(family: Family): void {
  describe('marks and epochs', { timeout: TIMEOUT_MS }, () => {
    let lab: Lab
    const opened: BackendAdapter[] = []
    beforeAll(async () => {
      lab = await createLab(family.url)
    }, TIMEOUT_MS)
    beforeEach(async () => {
      await Promise.all(opened.splice(0).map((adapter) => adapter.close()))
      await lab.clear()
    }, TIMEOUT_MS)
    afterAll(async () => {
      await Promise.all(opened.map((adapter) => adapter.close()))
      await lab.close()
    }, TIMEOUT_MS)
    const open = async (now?: () => number): Promise<BackendAdapter> => {
      const adapter = family.adapter({ url: lab.url, maxConnections: 2 })
      await adapter.open(context(now))
      opened.push(adapter)
      return adapter
    }
    const marks = async (): Promise<readonly number[]> => {
      const rows = await lab.sql('SELECT position FROM synclayer_mark ORDER BY position')
      return rows.map(({ position }) => Number(position))
    }

    test('each process makes a mark before it first writes, and one an hour (A4)', async () => {
      let now = 1_800_000_000_000
      const first = await open(() => now)
      await push(first, [put(1), put(2)])
      expect(await marks()).toEqual([0])
      const second = await open(() => now)
      await push(second, [put(3)])
      await push(first, [put(4)])
      expect(await marks()).toEqual([0, 2])
      now += 3_600_000
      await push(first, [put(5)])
      expect(await marks()).toEqual([0, 2, 4])
      // A group that fails takes its mark back with it.
      const third = await open(() => now)
      await push(third, [
        { ...put(6), group: 'g' },
        { ...put(1), id: 'c.7', group: 'g' },
      ])
      expect(await marks()).toEqual([0, 2, 4])
      await push(third, [put(8)])
      expect(await marks()).toEqual([0, 2, 4, 5])
    })

    test('a clock that is set back, or far ahead, loses nothing and makes no version twice (A2, A4)', async () => {
      let now = 1_800_000_000_000
      const adapter = await open(() => now)
      const versions: string[] = []
      for (const [n, shift] of [0, -86_400_000, 3_000_000_000, -9_000_000_000, 1].entries()) {
        now += shift
        const [result] = await push(adapter, [put(n)])
        versions.push(result?.status === 'accepted' ? result.version : '')
      }
      expect(versions.every((version) => version !== '')).toBe(true)
      expect(versions).toEqual(versions.toSorted())
      expect(new Set(versions).size).toBe(5)
      expect((await pull(adapter, null)).changes).toHaveLength(5)
    })

    test('tables put back while processes have them open: no version comes again, cursors from beyond are told (A4)', async () => {
      const ahead = await open()
      const behind = await open()
      await push(ahead, [put(1)])
      // This one has written, under the mark that then rules, and knows no more than the copy will.
      await push(behind, [put(2)])
      const putBack = await lab.backup()
      const undone = new Set<string>()
      for (const result of await push(behind, [put(3), put(4)])) {
        if (result.status === 'accepted') undone.add(result.version)
      }
      const beyond = await pull(ahead, null)
      await putBack()
      // It is behind's own memory that a real process like it might not have: what it undid was written by another.
      const fresh = await open()
      const [again] = await push(fresh, [put(3, {}, 'd')], { client: 'd' })
      expect(again?.status).toBe('accepted')
      expect(undone.has(again?.status === 'accepted' ? again.version : '')).toBe(false)
      expect(await codeOf(pull(fresh, beyond.cursor))).toBe('EPOCH_CHANGED, retryable')
      expect((await pull(fresh, null)).epoch).not.toBe(beyond.epoch)
    })

    test('a process that knows less than a copy holds writes no version of before under its old mark (A4)', async () => {
      const writer = await open()
      await push(writer, [put(1)])
      const putBack = await lab.backup()
      const other = await open()
      // Written by the other, under the newest mark: its own.
      const [undone] = await push(other, [put(2)])
      await other.close()
      opened.splice(opened.indexOf(other), 1)
      await putBack()
      // The first never saw that; for it nothing has happened, but that the tables are younger than its mark.
      const [again] = await push(writer, [put(3)])
      const versions = [undone, again].map((result) => (result?.status === 'accepted' ? result.version : ''))
      expect(versions[0]).not.toBe(versions[1])
      expect(await lab.sql('SELECT COUNT(DISTINCT incarnation) AS n FROM synclayer_mark')).toMatchObject([
        { n: 2 },
      ])
    })

    test('results are forgotten once settled, and otherwise after twice the retention of tombstones (A3)', async () => {
      let now = 1_800_000_000_000
      const adapter = await open(() => now)
      await push(adapter, [put(0), put(1), put(2)])
      const kept = async (): Promise<readonly string[]> =>
        (await lab.sql('SELECT first, last FROM synclayer_result ORDER BY last')).map(
          ({ first, last }) => `${first} to ${last}`,
        )
      // What was accepted together is forgotten together.
      await push(adapter, [put(3), put(4)], { settled: 2 })
      expect(await kept()).toEqual(['0 to 2', '3 to 4'])
      const other = await open(() => now)
      await push(other, [put(5)], { settled: 3 })
      expect(await kept()).toEqual(['3 to 4', '5 to 5'])
      // A few more are left for later.
      await push(other, [put(6)], { settled: 6 })
      expect(await kept()).toEqual(['3 to 4', '5 to 5', '6 to 6'])
      now += 100_000
      await adapter.purge?.({ scope: 'default', before: now - 50_001 })
      expect(await kept()).toEqual(['3 to 4', '5 to 5', '6 to 6'])
      await adapter.purge?.({ scope: 'default', before: now - 49_999 })
      expect(await kept()).toEqual([])
    })

    test('ids that differ in case, accents, composition or a space at the end are four records (A6)', async () => {
      const adapter = await open()
      const ids = ['a', 'A', 'á', 'a\u0301', 'a ', ' a', 'ß', 'ss', '😀', 'ﬁ', 'fi']
      const puts = ids.map((id, n) => ({ ...put(n), recordId: id, data: { id } }))
      expect(new Set(await outcomes(adapter, ...puts))).toEqual(new Set(['accepted']))
      const found = await adapter.fetch(
        { scope: 'default', collection: 'todos', ids },
        new AbortController().signal,
      )
      expect(found.map(({ id }) => id)).toEqual(ids)
      // Scopes too: the one with a space behind it has nothing.
      expect(
        await adapter.fetch({ scope: 'default ', collection: 'todos', ids }, new AbortController().signal),
      ).toEqual([])
    })
  })
}
