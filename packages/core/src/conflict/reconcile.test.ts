import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../shared/json.ts'
import { reconcile, type Reconciled, type ReconcileInput, type Winner } from './reconcile.ts'
import type { ConflictStrategy } from './resolver.ts'

const early = '000000000001-0000-aaaaaaaaaaaaaaaa'
const late = '000000000002-0000-bbbbbbbbbbbbbbbb'

type Document = JsonObject | null
type Case = readonly [string, Document, Document, Document, Document, Winner | null]

function run(
  strategy: ConflictStrategy,
  base: Document,
  local: Document,
  remote: Document,
  times: Partial<Record<'local' | 'remote', string>> = {},
): Exclude<Reconciled, { readonly failed: unknown }> {
  const input: ReconcileInput = {
    collection: 'todos',
    id: '1',
    base,
    local: { document: local, time: times.local ?? early },
    remote: { document: remote, time: times.remote ?? late },
    strategy,
  }
  const result = reconcile(input)
  if ('failed' in result) throw result.failed
  return result
}

const a = { id: '1', t: 'a' }
const b = { id: '1', t: 'b' }
const c = { id: '1', t: 'c' }

describe('reconcile', () => {
  const strategies = ['merge', 'lastWriteWins', 'serverWins', 'clientWins', () => c] as const

  describe.each(strategies)('under %s', (strategy) => {
    test.each<Case>([
      ['nothing changed', a, a, a, a, null],
      ['only local changed', a, b, a, b, null],
      ['only remote changed', a, a, b, b, null],
      ['both changed alike', a, b, b, b, null],
      ['only local deleted', a, null, a, null, null],
      ['only remote deleted', a, a, null, null, null],
      ['both deleted', a, null, null, null, null],
      ['a create meets nothing, or a tombstone', null, a, null, a, null],
      ['both created alike', null, a, a, a, null],
      ['deleted before it was ever sent', null, null, a, a, null],
      ['nothing anywhere', null, null, null, null, null],
    ])('%s: no conflict (C5)', (_name, base, local, remote, document, conflict) => {
      expect(run(strategy, base, local, remote)).toMatchObject({ document, conflict })
    })
  })

  // Local is the earlier side.
  test.each<readonly [ConflictStrategy & string, Document, Document, Document, Document, Winner]>([
    ['merge', a, b, c, c, 'remote'],
    [
      'merge',
      { ...a, x: 1, y: 1 },
      { ...a, x: 2, y: 1 },
      { ...a, x: 1, y: 2 },
      { ...a, x: 2, y: 2 },
      'merged',
    ],
    [
      'merge',
      { ...a, o: { x: 1, y: 1 } },
      { ...a, o: { x: 2, y: 1 } },
      { ...a, o: { x: 1 } },
      { ...a, o: { x: 2 } },
      'merged',
    ],
    ['merge', { ...a, l: [1] }, { ...a, l: [1, 2] }, { ...a, l: [1, 3] }, { ...a, l: [1, 3] }, 'remote'],
    ['merge', { ...a, x: 1 }, { ...a, x: 2 }, a, a, 'remote'],
    ['merge', { ...a, x: 1 }, a, { ...a, x: 2 }, { ...a, x: 2 }, 'remote'],
    ['merge', { ...a, x: 1 }, { ...a, x: null }, { ...a, x: 1, y: 1 }, { ...a, x: null, y: 1 }, 'merged'],
    [
      'merge',
      { ...a, o: { x: 1 } },
      { ...a, o: 'text' },
      { ...a, o: { x: 2 } },
      { ...a, o: { x: 2 } },
      'remote',
    ],
    ['merge', a, b, null, b, 'local'],
    ['merge', a, null, b, b, 'remote'],
    [
      'merge',
      null,
      { ...a, x: 1, o: { p: 1 } },
      { ...a, y: 1, o: { q: 1 } },
      { ...a, x: 1, y: 1, o: { p: 1, q: 1 } },
      'merged',
    ],
    ['lastWriteWins', a, b, c, c, 'remote'],
    ['lastWriteWins', a, b, null, null, 'remote'],
    ['lastWriteWins', a, null, b, b, 'remote'],
    ['lastWriteWins', null, b, c, c, 'remote'],
    ['serverWins', a, b, c, c, 'remote'],
    ['serverWins', a, b, null, null, 'remote'],
    ['serverWins', a, null, b, b, 'remote'],
    ['clientWins', a, b, c, b, 'local'],
    ['clientWins', a, b, null, b, 'local'],
    ['clientWins', a, null, b, null, 'local'],
  ])(
    '%s of %j, local %j, remote %j gives %j (C1, C2, C3, C4)',
    (strategy, base, local, remote, document, winner) => {
      expect(run(strategy, base, local, remote)).toEqual({
        document,
        time: late,
        conflict: { strategy, winner },
      })
      if (strategy === 'serverWins' || strategy === 'clientWins') return
      // The same edits with the sides exchanged, as the other client sees them.
      const mirrored: Winner = winner === 'merged' ? winner : winner === 'local' ? 'remote' : 'local'
      expect(run(strategy, base, remote, local, { local: late, remote: early })).toEqual({
        document,
        time: late,
        conflict: { strategy, winner: mirrored },
      })
    },
  )

  test('the edit of the later time wins its field, on whichever side it is (C1)', () => {
    expect(run('merge', a, b, c, { local: late, remote: early }).document).toEqual(b)
    expect(run('merge', { ...a, x: 1 }, a, { ...a, x: 2 }, { local: late, remote: early }).document).toEqual(
      a,
    )
  })

  test('equal times are decided alike on every side (C3, C8)', () => {
    const times = { local: late, remote: late }
    for (const strategy of ['merge', 'lastWriteWins'] as const) {
      expect(run(strategy, a, b, c, times).document).toEqual(run(strategy, a, c, b, times).document)
    }
    expect(run('lastWriteWins', a, b, null, times).document).toEqual(b)
    expect(run('lastWriteWins', a, null, b, times).document).toEqual(b)
  })

  test('carries the later of both times, whoever wins, and never now (T3)', () => {
    for (const strategy of strategies) {
      expect(run(strategy, a, b, c).time).toBe(late)
      expect(run(strategy, a, b, c, { local: late, remote: early }).time).toBe(late)
    }
    expect(run('merge', a, a, b, { local: late, remote: early }).time).toBe(early)
  })

  test('gives the very object of the side that stands (C8)', () => {
    const local = { ...b }
    const remote = { ...c }
    expect(run('clientWins', a, local, remote).document).toBe(local)
    expect(run('merge', a, local, remote).document).toBe(remote)
    expect(run('merge', a, local, { ...a }).document).toBe(local)
  })

  test('a device off by days loses by its corrected time only, all sides alike (C3)', () => {
    const times = {
      local: '018f3c2a9b10-0000-aaaaaaaaaaaaaaaa',
      remote: '018f3c2a9b0f-ffff-bbbbbbbbbbbbbbbb',
    }
    expect(run('lastWriteWins', a, b, c, times).document).toEqual(b)
    expect(run('lastWriteWins', a, c, b, { local: times.remote, remote: times.local }).document).toEqual(b)
  })
})
