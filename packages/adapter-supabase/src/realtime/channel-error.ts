import { type ErrorCode, SyncError } from '@synclayer/core/adapter'

/** What Realtime begins its reasons with, where they are about who asks. */
const CODE_BY_REASON: Readonly<Record<string, ErrorCode>> = {
  Unauthorized: 'FORBIDDEN',
  InvalidJWTToken: 'UNAUTHENTICATED',
  MalformedJWT: 'UNAUTHENTICATED',
  JwtSignatureError: 'UNAUTHENTICATED',
}

/** Why a channel could not be joined, or ended: by the status that supabase-js tells, and the reason that Realtime gave. */
export function channelError(status: string, cause: Error | undefined): SyncError {
  if (status === 'TIMED_OUT') return new SyncError('TIMEOUT', 'Realtime did not answer in time.', { cause })
  const reason = reasonOf(cause)
  const code = CODE_BY_REASON[reason.split(':')[0]!] ?? 'NETWORK'
  return new SyncError(code, `The channel has ended (${status}): ${reason || 'no reason was given'}`, {
    cause,
  })
}

/** The answer of Realtime lies in the error that supabase-js makes of it. */
function reasonOf(error: Error | undefined): string {
  const { reason } = (error?.cause ?? {}) as { readonly reason?: unknown }
  return typeof reason === 'string' ? reason : (error?.message ?? '')
}
