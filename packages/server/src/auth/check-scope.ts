import { SyncError } from '@synclayer/core/adapter'
import type { Principal } from '../contract.ts'

/** Throws FORBIDDEN where the principal was not granted the scope, SCOPE_REVOKED where it was taken back. */
export function checkScope({ scopes, revokedScopes }: Principal, scope: string): void {
  if (revokedScopes?.includes(scope) === true) {
    throw new SyncError('SCOPE_REVOKED', 'This scope was taken back', { details: { scope } })
  }
  const granted = typeof scopes === 'function' ? scopes(scope) === true : scopes.includes(scope)
  if (!granted)
    throw new SyncError('FORBIDDEN', 'The token does not grant this scope', { details: { scope } })
}
