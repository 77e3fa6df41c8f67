/** Gives the adapter a token that is good, and renews it before it ends; windows of one device share what was renewed. */
import type { Auth } from '@synclayer/adapter-rest'
import { isSyncError } from '@synclayer/core'
import type { Session, SessionStore } from './session-store.ts'

export interface TokenSourceDeps {
  readonly sessions: SessionStore
  readonly renew: (token: string) => Promise<Session>
  readonly now: () => number
}

/** So much before its end a token is replaced, so that none ends on the way. */
const MARGIN_MS = 60_000

export function createTokenSource({ sessions, renew, now }: TokenSourceDeps): Auth {
  let renewing: Promise<string | null> | null = null

  const renewOnce = (session: Session): Promise<string | null> => {
    renewing ??= renewed(session).finally(() => {
      renewing = null
    })
    return renewing
  }
  const renewed = async (session: Session): Promise<string | null> => {
    const next = await renew(session.token)
    // Who signed out meanwhile, or is another, stays that.
    if (sessions.get()?.name !== session.name) return null
    sessions.set(next)
    return next.token
  }

  return async ({ refused }) => {
    const session = sessions.get()
    if (session === null) return null
    const { token, expiresAt } = session
    const isGood = token !== refused && now() < expiresAt - MARGIN_MS
    if (isGood) return token
    try {
      return await renewOnce(session)
    } catch (error) {
      // A token that has not ended yet is as good as a new one; one that was refused is none.
      if (token !== refused && now() < expiresAt && isSyncError(error, 'NETWORK')) return token
      throw error
    }
  }
}
