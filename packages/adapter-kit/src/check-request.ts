/** Requests come from a client, perhaps through a server: their shape is checked before anything is read or written. */
import { type FetchRequest, type PullRequest, type PushRequest, SyncError } from '@synclayer/core/adapter'

const SCOPE = /^[\x20-\x7e]{1,128}$/

/** Throws PROTOCOL where a push cannot be understood as a whole. What is wrong with one mutation is that one's answer. */
export function checkPush({ scope, clientId, settled, epoch, mutations }: PushRequest): void {
  checkScope(scope)
  if (typeof clientId !== 'string' || clientId === '') throw malformed('clientId')
  if (!Number.isSafeInteger(settled) || settled < 0) throw malformed('settled')
  if (typeof epoch !== 'string') throw malformed('epoch')
  if (!Array.isArray(mutations)) throw malformed('mutations')
}

/** Throws PROTOCOL for a pull that cannot be understood. */
export function checkPull({ scope, collections, limit }: PullRequest): void {
  checkScope(scope)
  if (!Number.isSafeInteger(limit) || limit < 0) throw malformed('limit')
  if (!Array.isArray(collections)) throw malformed('collections')
  for (const collection of collections as readonly ({ readonly name?: unknown } | null | undefined)[]) {
    if (typeof collection?.name !== 'string') throw malformed('collections')
  }
}

/** Throws PROTOCOL for a fetch that cannot be understood. */
export function checkFetch({ scope, collection, ids }: FetchRequest): void {
  checkScope(scope)
  if (typeof collection !== 'string') throw malformed('collection')
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw malformed('ids')
}

/** Throws PROTOCOL where the scope is none. */
export function checkScope(scope: unknown): void {
  if (typeof scope !== 'string' || !SCOPE.test(scope)) throw malformed('scope')
}

function malformed(field: string): SyncError {
  return new SyncError('PROTOCOL', `The request's \`${field}\` is not valid`, { details: { field } })
}
