import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import type { JsonObject } from '../shared/json.ts'
import { parseFieldPolicies } from './field-policies.ts'
import { reconcile, type Reconciled, type ReconcileInput } from './reconcile.ts'
import type { Conflict, ConflictStrategy, Resolver } from './resolver.ts'
import { deepMerge, sumNumbers } from './resolvers.ts'

const base = { id: '1', n: 1, list: [1] }
const local = { id: '1', n: 2, list: [1] }
const remote = { id: '1', n: 3, list: [1, 2] }

function input(strategy: ConflictStrategy, change: Partial<ReconcileInput> = {}): ReconcileInput {
  return {
    collection: 'todos',
    id: '1',
    base,
    local: { document: local, time: 't1' },
    remote: { document: remote, time: 't2' },
    strategy,
    ...change,
  }
}

function settled(result: Reconciled): Exclude<Reconciled, { readonly failed: unknown }> {
  if ('failed' in result) throw result.failed
  return result
}

describe('a resolver of the app', () => {
  test('gets both sides, the base and the times, and its document stands (C5)', () => {
    const calls: Conflict[] = []
    const resolver: Resolver = (conflict) => {
      calls.push(conflict)
      return { id: conflict.id, n: 9 }
    }
    expect(reconcile(input(resolver))).toEqual({
      document: { id: '1', n: 9 },
      time: 't2',
      conflict: { strategy: 'resolver', winner: 'merged' },
    })
    expect(calls).toEqual([
      { collection: 'todos', id: '1', base, local, remote, localTime: 't1', remoteTime: 't2' },
    ])
  })

  test('is called only where both sides changed and differ (C5)', () => {
    const never: Resolver = () => {
      throw new Error('called')
    }
    const same = { document: local, time: 't1' }
    expect(settled(reconcile(input(never, { remote: { document: { ...base }, time: 't2' } }))).document).toBe(
      local,
    )
    expect(settled(reconcile(input(never, { local: { document: { ...base }, time: 't1' } }))).document).toBe(
      remote,
    )
    expect(settled(reconcile(input(never, { remote: { ...same, time: 't2' } }))).document).toBe(local)
  })

  test('null deletes, and the winner is told by what it gave (C5, C7)', () => {
    const conflictOf = (resolver: Resolver): unknown => settled(reconcile(input(resolver))).conflict
    expect(settled(reconcile(input(() => null))).document).toBe(null)
    expect(conflictOf((conflict) => conflict.local)).toEqual({ strategy: 'resolver', winner: 'local' })
    expect(conflictOf((conflict) => conflict.remote)).toEqual({ strategy: 'resolver', winner: 'remote' })
    expect(conflictOf(deepMerge())).toEqual({ strategy: 'deepMerge', winner: 'remote' })
  })

  test('may change the documents it is given: they are copies (C5, C11)', () => {
    const before = JSON.stringify([base, local, remote])
    const resolver: Resolver = (conflict) => {
      const mine = conflict.local as { n: number; list: number[] } & JsonObject
      mine.n = 7
      mine.list.push(8)
      return mine
    }
    expect(settled(reconcile(input(resolver))).document).toEqual({ id: '1', n: 7, list: [1, 8] })
    expect(JSON.stringify([base, local, remote])).toBe(before)
  })

  test.each<readonly [string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
      /no idea/,
    ],
    [
      'throws what is no Error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- apps do.
        throw null
      },
      /no Error/,
    ],
    ['returns a Promise', () => Promise.resolve(local), /Promise/],
    ['returns a Promise that fails', () => Promise.reject(new Error('late')), /Promise/],
    ['forgets to return', () => undefined, /undefined/],
    ['returns no document', () => [1], /array/],
    ['returns what cannot be stored', () => ({ id: '1', at: new Date(0) }), /Date/],
    ['changes the id', () => ({ ...local, id: '2' }), /id/],
    ['drops the id', () => ({ n: 1 }), /id/],
  ])('that %s is RESOLVER_FAILED (C5, C11)', (_name, resolver, message) => {
    const result = reconcile(input(resolver as Resolver))
    if (!('failed' in result)) throw new Error('It did not fail')
    expect(isSyncError(result.failed, 'RESOLVER_FAILED')).toBe(true)
    expect(result.failed.message).toMatch(message)
    expect(result.failed.details).toEqual({ collection: 'todos', id: '1' })
  })
})

describe('field policies', () => {
  const policies = parseFieldPolicies({ n: 'counter', list: 'set' })

  test('are settled before merge (C6, C10)', () => {
    const result = settled(reconcile(input('merge', { policies })))
    expect(result.document).toEqual({ id: '1', n: 4, list: [1, 2] })
    expect(result.conflict).toEqual({ strategy: 'merge', winner: 'merged' })
  })

  test('are settled before a resolver is asked, on both sides (C6, C10)', () => {
    const text = { ...remote, text: 'other' }
    const resolver: Resolver = (conflict) => conflict.local
    const change = { policies, remote: { document: text, time: 't2' } }
    expect(settled(reconcile(input(resolver, change))).document).toEqual({ id: '1', n: 4, list: [1] })
  })

  test('do not touch strategies that take records whole (C3, C4, C10)', () => {
    for (const strategy of ['lastWriteWins', 'serverWins', 'clientWins'] as const) {
      expect([local, remote]).toContain(settled(reconcile(input(strategy, { policies }))).document)
    }
  })

  const same = { ...base, n: 2 }
  const sides = { local: { document: same, time: 't1' }, remote: { document: { ...same }, time: 't2' } }

  test('two who counted one up each are two, though they say the same (C6, C9)', () => {
    for (const strategy of ['merge', (conflict: Conflict) => conflict.local] as const) {
      const result = settled(reconcile(input(strategy, { policies, ...sides })))
      expect(result.document).toEqual({ ...base, n: 3 })
      expect(result.conflict).toMatchObject({ winner: 'merged' })
    }
    const result = settled(reconcile(input(sumNumbers(['n']), sides)))
    expect(result.document).toEqual({ ...base, n: 3 })
  })

  test('equal edits of other fields stay no conflict (C5)', () => {
    const text = { ...base, text: 'x' }
    const both = { local: { document: text, time: 't1' }, remote: { document: { ...text }, time: 't2' } }
    expect(reconcile(input('merge', { policies, ...both }))).toMatchObject({ document: text, conflict: null })
  })

  test('equal creates are two, also where a merge carries the time of the other (C2, C6, C9)', () => {
    const counted = { ...sides.local.document, n: 2 * (same['n'] as number) }
    for (const time of ['t1', 't2']) {
      const remote = { document: { ...same }, time }
      const result = settled(reconcile(input('merge', { policies, ...sides, remote, base: null })))
      expect(result.document).toEqual(counted)
    }
  })
})
