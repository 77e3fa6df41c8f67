import type { Mutation, RemoteRecord } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { checkEnd, type FinalView } from './final-checks.ts'
import { Oracle } from './oracle.ts'
import { numberOfWave } from './tally.ts'

const NOW = 1_700_000_000_000
const TIME = '018bcfe56800-0000-0000000000000001'

function commit(
  n: number,
  base: string | null,
  tokens: readonly string[] | null,
  more: { readonly count?: number; readonly time?: string } = {},
): { readonly mutation: Mutation; readonly record: RemoteRecord } {
  const { count = tokens?.length ?? 0, time = TIME } = more
  const data = { id: 'a', marks: Object.fromEntries((tokens ?? []).map((token) => [token, true])), n: count }
  const mutation: Mutation = {
    id: `c.${n}`,
    collection: 'items',
    recordId: 'a',
    kind: 'put',
    base,
    time,
    schema: 1,
  }
  const record: RemoteRecord = {
    collection: 'items',
    id: 'a',
    version: `v${n}`,
    deleted: tokens === null,
    ...(tokens === null ? {} : { data }),
    time,
    schema: 1,
    mutation: mutation.id,
  }
  return { mutation, record }
}

function viewOf(record: RemoteRecord, status: Partial<FinalView['status']> = {}): FinalView {
  const items = record.deleted ? [] : [record.data as never]
  const documents = { items, notes: [], pairs: [] }
  return {
    device: 'd0',
    scopes: ['one'],
    schema: 1,
    documents,
    live: documents,
    status: { phase: 'idle', pending: 0, parked: 0, ...status },
    outbox: [],
    unfinished: [],
  }
}

/** The rules that the end breaks. */
function judged(oracle: Oracle, record: RemoteRecord, view: FinalView = viewOf(record)): readonly string[] {
  checkEnd(oracle, [record], [view])
  return oracle.violations.map((violation) => violation.split(':', 1)[0]!)
}

describe('the oracle', () => {
  test('finds nothing wrong where nothing is', () => {
    const oracle = new Oracle()
    oracle.attempted('e1', 'items/a', 0).acknowledged = true
    const entry = commit(1, null, ['e1'])
    oracle.committed([entry], NOW)
    expect(judged(oracle, entry.record)).toEqual([])
  })

  test('lets a change count twice that was applied under two ids, and loses none of it (I3, I2)', () => {
    const judgedWith = (applied: readonly string[], tokens: readonly string[]): readonly string[] => {
      const oracle = new Oracle()
      for (const token of ['e1', 'e2']) oracle.attempted(token, 'items/a', 0).acknowledged = true
      for (const record of applied) oracle.appliedUnderTwoIds(record)
      return judged(oracle, commit(1, null, tokens, { count: 3 }).record)
    }
    expect(judgedWith([], ['e1', 'e2'])).toEqual(['I3'])
    expect(judgedWith(['items/b'], ['e1', 'e2'])).toEqual(['I3'])
    expect(judgedWith(['items/a'], ['e1', 'e2'])).toEqual([])
    expect(judgedWith(['items/a'], ['e1'])).toEqual(['I2'])
  })

  test('knows the records that may have changed without a new token, and no others', () => {
    const oracle = new Oracle()
    for (const id of ['a', 'b', 'c', 'd']) oracle.attempted(`e-${id}`, `items/${id}`, 0)
    oracle.counting('items/a', 1, 0, NOW)
    oracle.unsentTwice('items/b', ['d0'])
    oracle.discarding('d0', 'items/c', null, 0)
    const changed = ['a', 'b', 'c', 'd'].map((id) => oracle.mayChangeUnmarked(`items/${id}`))
    expect(changed).toEqual([true, true, true, false])
  })

  test('misses an acknowledged edit (I2), but not one that a user deleted', () => {
    const oracle = new Oracle()
    for (const token of ['e1', 'e2']) oracle.attempted(token, 'items/a', 0).acknowledged = true
    oracle.deleting('d0', 'items/a', false)
    oracle.replacing('d0', 'items/a', JSON.stringify({ id: 'a', marks: { e1: true } }))
    expect(judged(oracle, commit(1, null, []).record)).toEqual(['I2'])
    expect(oracle.violations[0]).toContain('e2')
  })

  test('excuses an edit that was begun before its record was deleted, and no other (I2)', () => {
    const oracle = new Oracle()
    const [begun] = ['e1', 'e2'].map((token) => oracle.attempted(token, 'items/a', 0))
    const [count] = [1, numberOfWave(1)].map((number) => oracle.counting('items/a', number, 0, NOW))
    for (const edit of [...oracle.attempts, count!]) edit.acknowledged = true
    for (const edit of [begun!, count!]) oracle.deletedWith(edit)
    expect(judged(oracle, commit(1, null, []).record)).toEqual(['I2'])
    expect(oracle.violations[0]).toContain('e2')
    oracle.counting('items/a', numberOfWave(1), 1, NOW).acknowledged = true
    expect(judged(oracle, commit(1, null, []).record)).toEqual(['I2', 'I2', 'I2'])
  })

  test('counts an edit that was applied twice (I3)', () => {
    expect(judged(new Oracle(), commit(1, null, ['e1'], { count: 2 }).record)).toEqual(['I3'])
    const oracle = new Oracle()
    oracle.committed([commit(1, null, ['e1'])], NOW)
    const again = commit(1, 'v1', ['e1'])
    oracle.committed([{ ...again, record: { ...again.record, version: 'v2' } }], NOW)
    expect(oracle.violations).toEqual(['I3: c.1 on items/a was applied twice'])
  })

  test('sees a device that differs from the backend, or is not done (I1, I7)', () => {
    const { record } = commit(1, null, ['e1'])
    const other = viewOf(commit(1, null, []).record)
    expect(judged(new Oracle(), record, other)).toEqual(['I1'])
    expect(judged(new Oracle(), record, viewOf(record, { pending: 1 }))).toEqual(['I7'])
  })

  test('sees what was deleted for good and is back (I5)', () => {
    const oracle = new Oracle()
    oracle.deleting('d0', 'items/a', true).acknowledged = true
    expect(judged(oracle, commit(2, 'v1', ['e1']).record)).toEqual(['I5'])
  })

  test('excuses that a deleted record is back where the backend forgot the delete too early, and no other (I5)', () => {
    const oracle = new Oracle()
    oracle.deleting('d0', 'items/a', true).acknowledged = true
    oracle.deleteForgotten('items/b')
    expect(judged(oracle, commit(2, 'v1', ['e1']).record)).toEqual(['I5'])
    const excused = new Oracle()
    excused.deleting('d0', 'items/a', true).acknowledged = true
    excused.deleteForgotten('items/a')
    expect(judged(excused, commit(2, 'v1', ['e1']).record)).toEqual([])
  })

  test('takes a counter for counted down twice where two took the record away, be one of them a restore', () => {
    const isCountedDown = (...by: (string | null)[]): boolean => {
      const oracle = new Oracle()
      oracle.committed([commit(1, null, [])], NOW)
      for (const device of by) {
        if (device === null) oracle.restored(0, [], { unanswered: new Set(), uneven: new Set() })
        else oracle.deleting(device, 'items/a', false)
      }
      return oracle.countedDown.has('items/a')
    }
    expect(isCountedDown('d0', 'd1')).toBe(true)
    expect(isCountedDown(null, 'd0')).toBe(true)
    expect(isCountedDown('d0', 'd0')).toBe(false)
    expect(isCountedDown(null)).toBe(false)
  })

  test('excuses what counts too few where two copies of a store delete what one of them deleted, and no other (I2)', () => {
    for (const [devices, rules] of [
      [['d0'], []],
      [['d1'], ['I2']],
    ] as const) {
      const oracle = new Oracle()
      oracle.deleting('d0', 'items/a', false)
      oracle.counting('items/a', 1, 1, NOW).acknowledged = true
      oracle.unsentTwice('items/a', devices)
      expect(judged(oracle, commit(1, null, []).record)).toEqual(rules)
    }
  })

  test('sees what a device shows no longer (I6)', () => {
    const oracle = new Oracle()
    const shown = [{ id: 'a', marks: { e1: true } }] as const
    oracle.shown('d0', 'items', shown, ['one'])
    oracle.shown('d0', 'items', [], ['one'])
    expect(oracle.violations).toEqual(['I6: d0 no longer shows e1 in items/a'])
  })

  test('takes a counter that two deletes have lowered for no measure (I6), and any other for one', () => {
    const oracle = new Oracle()
    const count = oracle.counting('items/a', numberOfWave(2), 0, NOW)
    const lowered = { id: 'a', hits: numberOfWave(2) - 2 * numberOfWave(1) } as const
    expect(oracle.hasCounted(count, lowered)).toBe(false)
    oracle.deleting('d0', 'items/a', false)
    expect(oracle.hasCounted(count, lowered)).toBe(false)
    oracle.deleting('d1', 'items/a', false)
    expect(oracle.hasCounted(count, lowered)).toBe(true)
  })

  test('sees half of a transaction where all of it has come (W10), or where it is the own one', () => {
    const shows = (store: { readonly disk: number; readonly isWhole: boolean }, held: string[] = []) => {
      const oracle = new Oracle()
      for (const id of ['left', 'right']) oracle.attempted('e1', `pairs/${id}`, 0).acknowledged = true
      oracle.shownPair('d1', [{ id: 'left', marks: { e1: true } }], { ...store, held })
      return oracle.violations
    }
    expect(shows({ disk: 1, isWhole: false })).toEqual([])
    expect(shows({ disk: 1, isWhole: true })).toEqual(['W10: d1 shows only half of the transaction e1'])
    expect(shows({ disk: 1, isWhole: true }, ['e1'])).toEqual([])
    expect(shows({ disk: 0, isWhole: false })).toEqual(['W10: d1 shows only half of the transaction e1'])
  })

  test('excuses that what was forgotten too early is applied again, and nothing else (I3)', () => {
    const oracle = new Oracle()
    const again = (n: number): void => {
      const { mutation, record } = commit(n, null, [])
      oracle.committed([{ mutation, record: { ...record, version: `v${n}` } }], NOW)
      oracle.log.reset([])
      oracle.committed([{ mutation, record: { ...record, version: `v${n}0` } }], NOW)
      oracle.log.reset([])
    }
    oracle.forgotten('c.1', 'items/a')
    again(1)
    expect(oracle.violations).toEqual([])
    again(2)
    expect(oracle.violations).toEqual(['I3: c.2 on items/a was applied twice'])
  })

  test('excuses that a delete that was forgotten too early takes away the same again, once, and nothing else (I2)', () => {
    const judgedAfter = (deleted: { readonly hits: number } | null): readonly string[] => {
      const oracle = new Oracle()
      for (const disk of [0, 1]) oracle.counting('items/a', 1, disk, NOW).acknowledged = true
      oracle.deleting('d0', 'items/a', false)
      oracle.replacing('d0', 'items/a', JSON.stringify({ id: 'a', hits: 1 }))
      const document = deleted === null ? null : { id: 'a', ...deleted }
      for (let time = 0; time < 2; time += 1) oracle.forgotten('c.1', 'items/a', document)
      return judged(oracle, commit(1, null, null).record)
    }
    expect(judgedAfter({ hits: 1 })).toEqual([])
    expect(judgedAfter({ hits: numberOfWave(1) })).toEqual(['I2'])
    expect(judgedAfter(null)).toEqual(['I2'])
    const oracle = new Oracle()
    for (const disk of [0, 1]) oracle.counting('items/a', 1, disk, NOW).acknowledged = true
    for (let time = 0; time < 2; time += 1) oracle.forgotten('c.1', 'items/a', { id: 'a', hits: 1 })
    expect(judged(oracle, commit(1, null, null).record)).toEqual(['I2'])
  })

  test('sees a transaction that comes in parts (A10), but takes that of a copied store for another', () => {
    const grouped = (n: number, id: string) => {
      const { mutation, record } = commit(n, null, [])
      return { mutation: { ...mutation, recordId: id, group: 'g' }, record: { ...record, id } }
    }
    const oracle = new Oracle()
    oracle.committed([grouped(1, 'a'), grouped(2, 'b')], NOW)
    const { mutation, record } = grouped(3, 'a')
    oracle.committed([{ mutation: { ...mutation, base: 'v1' }, record }], NOW)
    expect(oracle.violations).toEqual([])
    oracle.committed([grouped(4, 'c')], NOW)
    expect(oracle.violations).toEqual(['A10: the group g of c was applied in two parts'])
  })

  test('excuses what a disk that was put back did not hold yet, and nothing else (I2)', () => {
    const oracle = new Oracle()
    const [kept, since, elsewhere] = ['e1', 'e2', 'e3'].map((token, n) =>
      oracle.attempted(token, 'items/a', n === 2 ? 1 : 0),
    )
    for (const attempt of [kept, since, elsewhere]) attempt!.acknowledged = true
    oracle.rolledBack(0, new Set([kept!]))
    expect(['e1', 'e2', 'e3'].filter((token) => oracle.isExcused(token))).toEqual(['e2'])
  })

  test('excuses that a deleted record is back where a disk that was put back may have sent it unseen, and no other (I5)', () => {
    const judgedAfter = (countedOn: number): readonly string[] => {
      const oracle = new Oracle()
      oracle.counting('items/a', 1, countedOn, NOW).acknowledged = true
      oracle.rolledBack(0, new Set())
      oracle.deleting('d1', 'items/a', true).acknowledged = true
      const { record } = commit(1, null, [])
      checkEnd(oracle, [{ ...record, data: { id: 'a', hits: 1 } }], [])
      return oracle.violations
    }
    expect(judgedAfter(0)).toEqual([])
    expect(judgedAfter(1)).toEqual(['I5: items/a was deleted, nobody edited it since, and it is back'])
  })

  test('sees a write upon another version than it was made on (A2), and a time too far ahead (T4)', () => {
    const oracle = new Oracle()
    oracle.committed([commit(1, null, [])], NOW)
    oracle.committed([commit(2, 'v0', [])], NOW)
    oracle.committed([commit(3, 'v2', [], { time: 'ffffffffffff-0000-0000000000000001' })], NOW)
    expect(oracle.violations.map((violation) => violation.split(':', 1)[0])).toEqual(['A2', 'T4'])
  })

  test('sees what counts twice of a record that a restore took away (R11), where every answer was known', () => {
    const judged = (
      n: number,
      unanswered: readonly string[] = [],
      left: readonly RemoteRecord[] = [],
      uneven: readonly string[] = [],
    ) => {
      const oracle = new Oracle()
      const first = commit(1, null, ['e1'])
      oracle.attempted('e1', 'items/a', 0)
      oracle.committed([first], NOW)
      oracle.restored(0, left, { unanswered: new Set(unanswered), uneven: new Set(uneven) })
      const again = { ...first.record, data: { id: 'a', marks: { e1: true }, n } }
      checkEnd(oracle, [again], [])
      return oracle.violations
    }
    expect(judged(1)).toEqual([])
    expect(judged(0)).toEqual([])
    expect(judged(2)).toEqual(['I3: items/a counts 2, of 1 edits: e1'])
    expect(judged(2, ['c.1'])).toEqual([])
    expect(judged(2, [], [commit(0, null, []).record])).toEqual([])
    expect(judged(2, [], [], ['items/a'])).toEqual([])
  })
})
