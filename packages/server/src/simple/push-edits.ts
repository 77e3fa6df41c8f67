/** Sends edits to the backend: a push from the head of the feed, for plain clients know of none. */
import type { Mutation, PushOutcome, PushResult } from '@synclayer/core/adapter'
import type { Operations } from '../operations/operations.ts'
import type { SimpleCall } from '../simple-deps.ts'
import type { CheckedEdit } from './checked-edit.ts'

/** Where a time's counter and node begin. */
const MS_DIGITS = 12

const UNKNOWN: PushOutcome = { status: 'retry', code: 'BACKEND_FAILED' }

/** One outcome for each edit, in their order. */
export async function pushEdits(
  operations: Operations,
  call: SimpleCall,
  scope: string,
  clientId: string,
  edits: readonly CheckedEdit[],
): Promise<readonly PushOutcome[]> {
  const mutations = edits.flatMap(({ mutation }) => mutation ?? [])
  const results = mutations.length === 0 ? [] : await push(operations, call, { scope, clientId, mutations })
  const byId = new Map(results.map((result) => [result.id, result]))
  return edits.map(({ mutation, refusal }) => {
    if (mutation === null) return refusal ?? UNKNOWN
    const result = byId.get(mutation.id)
    return result === undefined || result.status === 'aborted' ? UNKNOWN : outcomeOf(result, mutation)
  })
}

interface Push {
  readonly scope: string
  readonly clientId: string
  readonly mutations: readonly Mutation[]
}

async function push(operations: Operations, call: SimpleCall, sent: Push): Promise<readonly PushResult[]> {
  const { results } = await pushFromHead(operations, call, sent)
  // The feed's history changed between the two steps: nothing was applied, and from its new head it can be.
  if (!results.some(isBehind)) return results
  return (await pushFromHead(operations, call, sent)).results
}

async function pushFromHead(
  operations: Operations,
  { asker, collection, gone }: SimpleCall,
  { scope, clientId, mutations }: Push,
): ReturnType<Operations['push']> {
  const head = { scope, collections: [{ name: collection }], cursor: null, limit: 0 }
  const { cursor, epoch } = await operations.pull(asker, head, gone)
  return operations.push(asker, { scope, clientId, settled: 0, epoch, cursor, mutations }, [])
}

function isBehind(result: PushResult): boolean {
  return result.status === 'retry' && (result.code === 'EPOCH_CHANGED' || result.code === 'CURSOR_EXPIRED')
}

/** A backend that remembers by record answers a repeated mutation with its own doing; it may have set the clock back. */
function outcomeOf(result: PushResult, { time }: Mutation): PushOutcome {
  const { id, ...outcome } = result
  if (outcome.status !== 'conflict' || outcome.current === null) return outcome
  const { mutation, time: stored, version } = outcome.current
  const isOwn = mutation === id && stored <= time && stored.slice(MS_DIGITS) === time.slice(MS_DIGITS)
  return isOwn ? { status: 'accepted', version } : outcome
}
