import { describe, expect, test } from 'vitest'
import type { PushRequest, PushResult, RemoteRecord } from '@synclayer/core/adapter'
import { type Kind, Oracle, Violation } from './oracle.ts'

const DELETED = undefined

/** An oracle that was told of these operations: kind and what it had seen, numbered from 1. */
function oracleOf(...operations: readonly (readonly [Kind, ...number[]])[]): Oracle {
  const oracle = new Oracle()
  operations.forEach(([kind, ...seen], index) =>
    oracle.tookPlace({ number: index + 1, kind, device: 'A', seen: new Set(seen) }),
  )
  return oracle
}

function push(oracle: Oracle, id: string, version: string, status: PushResult['status'], by = id): void {
  const mutation = { id, collection: 'items', recordId: 'a', kind: 'delete', base: null } as const
  const mutations = [{ ...mutation, time: `${id} ${version}`.slice(0, 3), schema: 1 }]
  const request: PushRequest = { scope: 's', clientId: 'c', settled: 1, epoch: 'e', cursor: '0', mutations }
  const results = [{ id, status } as PushResult]
  oracle.pushed(request, { results, serverTime: null }, { version, mutation: by } as RemoteRecord)
}

describe('Oracle', () => {
  test.each([
    ['an edit is missing', [['x'], ['y']], { x: 1, t1: true }, /edit 2 of y is lost/],
    ['a deleted record is back', [['x'], ['delete', 1]], { x: 1, t1: true }, /is back/],
    ['an increment counts twice', [['n']], { n: 2, t1: true }, /n is 2 after 1/],
    ['an older edit shows again', [['x'], ['x', 1]], { x: 1, t1: true, t2: true }, /x is 1 again/],
    ['nobody made the edit', [['x']], { x: 1, t1: true, t9: true }, /edit 9 never took place/],
  ] as const)('tells where %s', (_name, operations, fields, why) => {
    const oracle = oracleOf(...(operations as readonly (readonly [Kind, ...number[]])[]))
    expect(() => oracle.finally({ id: 'a', ...fields })).toThrow(why)
  })

  test('accepts an edit that beat a delete, and a delete that knew of all edits', () => {
    oracleOf(['x'], ['delete', 1], ['y', 1]).finally({ id: 'a', x: 1, y: 3, t1: true, t3: true })
    oracleOf(['x'], ['delete', 1]).finally(DELETED)
    expect(() => oracleOf(['x'], ['delete', 1], ['y', 1]).finally(DELETED)).toThrow(Violation)
  })

  test('tells where a device no longer shows what it saved itself', () => {
    expect(() => oracleOf(['x']).sees('A', DELETED)).toThrow(/no longer sees its edit 1/)
    oracleOf(['x']).sees('B', DELETED)
  })

  test('tells where a mutation is applied twice, unasked, or not as it was answered', () => {
    const oracle = oracleOf(['x'])
    push(oracle, 'c.1', 'v1', 'accepted')
    push(oracle, 'c.1', 'v1', 'accepted')
    expect(() => push(oracle, 'c.1', 'v2', 'accepted')).toThrow(/applied twice/)
    expect(() => push(oracleOf(['x']), 'c.1', 'v1', 'accepted', 'c.9')).toThrow(/unasked/)
    expect(() => push(oracleOf(['x']), 'c.1', 'v1', 'conflict')).toThrow(/answered as conflict/)
  })
})
