import { describe, expect, test } from 'vitest'
import type { Mutation } from '../protocol/mutation.ts'
import type { PushOutcome } from '../protocol/messages.ts'
import { editOf, sendingRecord } from '../testing/record-fixtures.ts'
import { edit } from '../outbox/edit.ts'
import { groupOutcomes, type SettledMutation } from './group-outcomes.ts'

const REJECTED = { status: 'rejected', code: 'FORBIDDEN', reason: 'Not yours.' } as const
const ABORTED = { status: 'aborted' } as const
const CONFLICT = { status: 'conflict', current: null } as const
const ACCEPTED = { status: 'accepted', version: 'v1' } as const

function settled(
  recordId: string,
  outcome: Exclude<PushOutcome, { status: 'retry' }>,
  group?: string,
): SettledMutation {
  const mutation: Mutation = {
    id: `c.${recordId}`,
    collection: 'items',
    recordId,
    kind: 'delete',
    base: null,
    time: '',
    schema: 1,
    ...(group === undefined ? {} : { group }),
  }
  return { mutation, outcome }
}

function outcomes(list: readonly SettledMutation[], edited: readonly string[] = []): readonly unknown[] {
  const sending = sendingRecord()
  const changed = edit(sending, editOf({ n: 3 }))
  const stateOf = ({ recordId }: Mutation) => (edited.includes(recordId) ? changed : sending)
  return groupOutcomes(list, stateOf).map(({ outcome }) => outcome)
}

describe('groupOutcomes', () => {
  test('what was aborted for a refusal parks with it, saying whose fault it was (W14)', () => {
    expect(outcomes([settled('a', ABORTED, 'g'), settled('b', REJECTED, 'g')])).toEqual([
      { status: 'rejected', code: 'FORBIDDEN', reason: expect.stringContaining('items/b') as unknown },
      REJECTED,
    ])
  })

  test('a group of which something was edited since waits whole, to be tried once more (W7, W14)', () => {
    expect(outcomes([settled('a', ABORTED, 'g'), settled('b', REJECTED, 'g')], ['a'])).toEqual([
      ABORTED,
      ABORTED,
    ])
  })

  test('what was aborted for a conflict waits; the conflict is settled as ever (W6, W8)', () => {
    const list = [settled('a', ABORTED, 'g'), settled('b', CONFLICT, 'g')]
    expect(outcomes(list)).toEqual([ABORTED, CONFLICT])
  })

  test('other groups, and what has none, are none of its business (W14, W19)', () => {
    const list = [
      settled('a', REJECTED, 'g'),
      settled('b', ABORTED, 'h'),
      settled('c', REJECTED),
      settled('d', ACCEPTED),
    ]
    expect(outcomes(list)).toEqual([REJECTED, ABORTED, REJECTED, ACCEPTED])
  })
})
