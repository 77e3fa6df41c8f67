/** What becomes of a group when one of it was refused (W14). Pure. */
import type { RecordState } from '../outbox/record-state.ts'
import type { Mutation } from '../protocol/mutation.ts'
import type { PushOutcome } from '../protocol/messages.ts'

type Settled = Exclude<PushOutcome, { readonly status: 'retry' }>

export interface SettledMutation {
  readonly mutation: Mutation
  readonly outcome: Settled
}

/**
 * A refused group parks whole: what was only aborted parks with it. If any of it was edited since, all of it waits to
 * be tried once more. Outcomes of mutations without a group stay as they are.
 */
export function groupOutcomes(
  settled: readonly SettledMutation[],
  stateOf: (mutation: Mutation) => RecordState | null,
): readonly SettledMutation[] {
  const culprits = new Map<
    string,
    SettledMutation & { readonly outcome: Extract<Settled, { status: 'rejected' }> }
  >()
  const edited = new Set<string>()
  for (const { mutation, outcome } of settled) {
    const { group } = mutation
    if (group === undefined) continue
    if (outcome.status === 'rejected' && !culprits.has(group)) culprits.set(group, { mutation, outcome })
    if (stateOf(mutation)?.sync.editedAt !== undefined) edited.add(group)
  }
  return settled.map(({ mutation, outcome }) => {
    const culprit = mutation.group === undefined ? undefined : culprits.get(mutation.group)
    if (culprit === undefined || outcome.status === 'accepted' || outcome.status === 'conflict')
      return { mutation, outcome }
    if (edited.has(mutation.group!)) return { mutation, outcome: { status: 'aborted' } }
    if (outcome.status === 'rejected') return { mutation, outcome }
    const { collection, recordId } = culprit.mutation
    const reason = `Not applied: ${collection}/${recordId} of the same transaction was refused: ${culprit.outcome.reason}`
    return { mutation, outcome: { status: 'rejected', code: culprit.outcome.code, reason } }
  })
}
