/** A push: one request for each mutation, in their order. */
import {
  isSyncError,
  type Mutation,
  parseHlc,
  type PushRequest,
  type PushResponse,
  type PushResult,
} from '@synclayer/core/adapter'
import { formatRfc3339 } from '@synclayer/core/protocol'
import { collectionPath } from './collection-path.ts'
import { fetchRecords } from './fetch.ts'
import { mutationKey } from './mutation-key.ts'
import { outcomeOf } from './post-outcome.ts'
import { decodeVersion } from './record-version.ts'
import type { SourceDeps } from './source.ts'

export async function push(
  deps: SourceDeps,
  { scope, mutations }: PushRequest,
  signal: AbortSignal,
): Promise<PushResponse> {
  const results: PushResult[] = []
  for (const mutation of mutations) {
    try {
      results.push(await post(deps, scope, mutation, signal))
    } catch (error) {
      // The backend is not there, or wants to be left alone: what it has said of the others is kept.
      if (results.length === 0 || !isSyncError(error)) throw error
      const rest = mutations.slice(results.length)
      results.push(...rest.map(({ id }): PushResult => ({ id, status: 'retry', code: error.code })))
      break
    }
  }
  return { results, serverTime: null }
}

async function post(
  deps: SourceDeps,
  scope: string,
  mutation: Mutation,
  signal: AbortSignal,
): Promise<PushResult> {
  const { id, collection, recordId, kind } = mutation
  if (kind === 'patch' || mutation.group !== undefined) {
    return {
      id,
      status: 'rejected',
      code: 'NOT_SUPPORTED',
      reason: 'Plain backends take whole records, one by one',
    }
  }
  const answer = await deps.client.request(
    {
      method: 'POST',
      path: collectionPath(collection, scope),
      headers: { 'Idempotency-Key': mutationKey(mutation) },
      body: JSON.stringify(editOf(mutation)),
    },
    signal,
  )
  const outcome = outcomeOf(mutation, answer)
  if (outcome.status === 'unread') {
    deps.logger.log(
      'warning',
      `${answer.asked} was answered with status ${answer.status}: it is sent again later.`,
    )
    return { id, status: 'retry', code: outcome.code }
  }
  if (outcome.status !== 'conflict') return { id, ...outcome }
  if (outcome.current !== undefined) return { id, status: 'conflict', current: outcome.current }
  // It says that there is another version, and not what it is.
  const [current = null] = await fetchRecords(deps, { scope, collection, ids: [recordId] }, signal)
  return { id, status: 'conflict', current }
}

function editOf({ recordId, kind, base, data, time, schema }: Mutation): object {
  return {
    recordId,
    data: data ?? null,
    deleted: kind === 'delete',
    version: base === null ? null : decodeVersion(base),
    updatedAt: formatRfc3339(parseHlc(time).ms),
    schema,
  }
}
