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
import { orAbort } from './database.ts'
import type { PushWork } from './push-work.ts'
import { untilFree } from './tables/until-free.ts'

export type Pushes = GroupCommit<PushWork, readonly PushResult[]>

// What a transaction saves is round trips and a flush to disk; what it costs others is the wait for the feed.
const MUTATIONS_PER_WORK = 500
const MUTATIONS_PER_TRANSACTION = 1_000

// Large documents count for more: what a transaction sends is held by the process, and takes its time.
const CHARACTERS_PER_MUTATION = 16_384

/** The lines of pushes that wait, one for each scope. One that is aborted is told so at once, and ends by itself. */
export function createPushes(backend: Backend): Pushes {
  const line: Pushes = createGroupCommit({
    commit: (scope, works) => commitPushes(backend, scope, works),
    sizeOf,
    most: MUTATIONS_PER_TRANSACTION,
    gather: nextTurn,
  })
  return { add: (scope, work, signal) => orAbort(line.add(scope, work, signal), signal) }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function sizeOf({ units }: PushWork): number {
  return units
    .flat()
    .reduce((size, { document }) => size + 1 + (document?.length ?? 0) / CHARACTERS_PER_MUTATION, 1)
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
      results.push(
        ...(await untilFree(backend, units, (some) =>
          pushes.add(scope, { request, place, units: some }, signal),
        )),
      )
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
