/** Who is asking: what the host's `authenticate` answers, checked, with the tag of the principal's client ids. */
import { type Clock, isSyncError, SyncError } from '@synclayer/core/adapter'
import type { Authenticate, Credentials, Principal } from '../contract.ts'
import type { Asker } from '../realtime-deps.ts'
import { createTagger } from '../operations/client-tags.ts'

/** Answers who has the token. Rejects with UNAUTHENTICATED where nobody does. */
export function createAuthentication(
  authenticate: Authenticate,
  clock: Clock,
): (credentials: Credentials) => Promise<Asker> {
  const tagFor = createTagger()
  return async (credentials) => {
    let principal: Principal | null
    try {
      principal = await authenticate(credentials)
    } catch (error) {
      if (isSyncError(error)) throw error
      throw new SyncError('BACKEND_FAILED', 'authenticate has thrown', { cause: error })
    }
    if (principal === null || principal === undefined) {
      const reason = credentials.token === null ? 'A token is needed' : 'The token is not good'
      throw new SyncError('UNAUTHENTICATED', reason)
    }
    if (!isPrincipal(principal)) {
      throw new SyncError('BACKEND_FAILED', 'authenticate has answered something that is no principal')
    }
    if (principal.expiresAt !== undefined && principal.expiresAt <= clock.now()) {
      throw new SyncError('UNAUTHENTICATED', 'The token has expired')
    }
    return { principal, tag: await tagFor(principal.id) }
  }
}

function isPrincipal({ id, scopes }: Partial<Principal>): boolean {
  return typeof id === 'string' && id !== '' && (typeof scopes === 'function' || Array.isArray(scopes))
}
