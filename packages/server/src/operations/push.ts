/**
 * A push: what the host refuses is asked for, what he allows is sent, in one request to the adapter.
 *
 *   mutations ──▶ judged ──▶ allowed: sent as they are ─┬─▶ adapter ──▶ answers, ids without the tag
 *                        └─▶ refused: sent as probes ───┘
 */
import type { PushRequest, PushResponse, PushResult } from '@synclayer/core/adapter'
import type { Asker } from '../realtime-deps.ts'
import { callAdapter } from './adapter-call.ts'
import { tagClient, tagMutation, untagMutation } from './client-tags.ts'
import { judgeMutations } from './judge-mutations.ts'
import type { OperationsDeps } from './operations-deps.ts'
import { planPush } from './plan-push.ts'

export async function push(
  deps: OperationsDeps,
  asker: Asker,
  request: PushRequest,
  refused: readonly PushResult[],
): Promise<PushResponse> {
  const { tag } = asker
  const clientId = tagClient(request.clientId, tag)
  const plan = planPush(request.mutations, await judgeMutations(deps, asker, request))
  const mutations = plan.sent.map((mutation) => ({ ...mutation, id: tagMutation(mutation.id, tag) }))
  const { results, serverTime } = await callAdapter(deps, (signal) =>
    deps.adapter.push({ ...request, clientId, mutations }, signal),
  )
  const answered = plan.answer(results.map((result) => untagged(result, tag)))
  if (answered.some(({ status }) => status === 'accepted')) deps.onAccepted(request.scope)
  return { results: [...answered, ...refused], serverTime }
}

/** The result as the owner of the tag sees it. */
function untagged(result: PushResult, tag: string): PushResult {
  const id = untagMutation(result.id, tag)
  if (result.status !== 'conflict' || result.current?.mutation === undefined) return { ...result, id }
  const mutation = untagMutation(result.current.mutation, tag)
  return { ...result, id, current: { ...result.current, mutation } }
}
