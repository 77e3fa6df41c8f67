/** Signing in at the reference server, which knows people by name alone: see README.md of apps/server. */
import { SyncError } from '@synclayer/core'
import { parseSession, type Session } from './session-store.ts'

/** Rejects with NETWORK, UNAUTHENTICATED, INVALID_OPTION (no such name is taken) or BACKEND_FAILED. */
export function signIn(name: string): Promise<Session> {
  return ask('/demo/sign-in', { 'Content-Type': 'application/json' }, JSON.stringify({ name }))
}

/** A new token in place of one that is about to end, or has ended lately. Rejects as `signIn` does. */
export function renew(token: string): Promise<Session> {
  return ask('/demo/renew', { Authorization: `Bearer ${token}` })
}

async function ask(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null = null,
): Promise<Session> {
  let response: Response
  let text: string
  try {
    response = await fetch(path, { method: 'POST', headers, body })
    text = await response.text()
  } catch (cause) {
    throw new SyncError('NETWORK', 'The server could not be reached.', { cause })
  }
  const session = response.ok ? parseSession(text) : null
  if (session !== null) return session
  throw refusal(response)
}

function refusal({ status }: Response): SyncError {
  if (status === 400) return new SyncError('INVALID_OPTION', 'The server takes no such name.')
  if (status === 401 || status === 403)
    return new SyncError('UNAUTHENTICATED', 'The server wants a new sign-in.')
  if (status === 429) return new SyncError('RATE_LIMITED', 'Too many people sign in at once.')
  return new SyncError('BACKEND_FAILED', `The server answered ${status}.`)
}
