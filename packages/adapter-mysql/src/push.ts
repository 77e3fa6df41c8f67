/**
 * Push. The feed's row is locked from the first look-up to the commit, so positions are given in the order of commits,
 * without gaps, and become visible with what they name (A1). Pushes that wait for the lock in this process share the
 * next transaction.
 */
import {
  checkPush,
  createGroupCommit,
  type GroupCommit,
  prepareMutation,
  slicesOf,
  unitsOf,
} from '@synclayer/adapter-kit'
import { isSyncError, type PushRequest, type PushResponse, type PushResult } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { commitPushes } from './commit-pushes.ts'
import type { PushWork } from './push-work.ts'

export type Pushes = GroupCommit<PushWork, readonly PushResult[]>

// What a transaction saves is round trips and a flush to disk; what it costs others is the wait for the feed.
const MUTATIONS_PER_WORK = 500
const MUTATIONS_PER_TRANSACTION = 1_000

/** The lines of pushes that wait, one for each scope. */
export function createPushes(backend: Backend): Pushes {
  return createGroupCommit({
    commit: (scope, works) => commitPushes(backend, scope, works),
    sizeOf: ({ units }) => units.reduce((size, unit) => size + unit.length, 1),
    most: MUTATIONS_PER_TRANSACTION,
  })
}

/** Tries to apply the mutations. Rejects only where nothing is known of any of them (A8). */
export async function push(
  backend: Backend,
  pushes: Pushes,
  request: PushRequest,
  signal: AbortSignal,
): Promise<PushResponse> {
  checkPush(request)
  const { scope, clientId, mutations } = request
  const place = backend.cursors.decode(scope, request.cursor)
  const now = backend.now()
  const prepared = mutations.map((mutation) =>
    prepareMutation(mutation, clientId, now, backend.maxRecordBytes),
  )
  const results: PushResult[] = []
  for (const units of slicesOf(unitsOf(prepared), MUTATIONS_PER_WORK)) {
    try {
      results.push(...(await pushes.add(scope, { request, place, units }, signal)))
    } catch (error) {
      if (results.length === 0 || !isSyncError(error)) throw error
      const answered = new Set(results.map(({ id }) => id))
      const rest = mutations.filter(({ id }) => !answered.has(id))
      results.push(...rest.map(({ id }): PushResult => ({ id, status: 'retry', code: error.code })))
      break
    }
  }
  return { results, serverTime: backend.now() }
}
