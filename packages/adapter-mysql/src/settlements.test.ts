import type { PushRequest } from '@synclayer/core/adapter'
import { expect, test } from 'vitest'
import { createSettlements } from './settlements.ts'

function push(clientId: string, settled: number): PushRequest {
  return { scope: 's', clientId, settled, epoch: '', cursor: '', mutations: [] }
}

test('a client is due at first, and then each time it has settled many more', () => {
  const settlements = createSettlements()
  expect(settlements.due([push('a', 0)])).toEqual([])
  const first = settlements.due([push('a', 3), push('b', 1), push('a', 2)])
  expect(first).toEqual([
    { clientId: 'a', below: 3 },
    { clientId: 'b', below: 1 },
  ])
  // A transaction that failed settled nothing.
  expect(settlements.due([push('a', 3)])).toEqual([{ clientId: 'a', below: 3 }])
  settlements.done('s', first)
  expect(settlements.due([push('a', 502), push('b', 40)])).toEqual([])
  expect(settlements.due([push('a', 503)])).toEqual([{ clientId: 'a', below: 503 }])
  expect(settlements.due([{ ...push('a', 4), scope: 'other' }])).toEqual([{ clientId: 'a', below: 4 }])
})
