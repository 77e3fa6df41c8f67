/** Where tokens come from, and what is done about one that the server does not take. */
import { toSyncError } from '@synclayer/core/adapter'

/**
 * Answers the token to send now; null where none is needed. After the server has refused one, it is asked once more, with
 * that one as `refused`.
 */
export type Auth = (asked: {
  readonly refused: string | undefined
}) => string | null | undefined | Promise<string | null | undefined>

export interface TokenSource {
  /** The token of now. UNAUTHENTICATED, or what the function says, where it cannot be had. */
  current(): Promise<string | null>
  /** Another than the one refused. Requests that were refused the same one ask for it once, together. */
  renewed(refused: string | null): Promise<string | null>
}

export function createTokenSource(auth: Auth | undefined): TokenSource {
  const renewals = new Map<string | null, Promise<string | null>>()
  const ask = async (refused: string | null): Promise<string | null> => {
    try {
      return (await auth?.({ refused: refused ?? undefined })) ?? null
    } catch (error) {
      throw toSyncError(error, 'UNAUTHENTICATED', 'No token could be had')
    }
  }
  return {
    current: () => ask(null),
    renewed(refused) {
      const underWay = renewals.get(refused)
      if (underWay !== undefined) return underWay
      const renewal = ask(refused).finally(() => renewals.delete(refused))
      renewals.set(refused, renewal)
      return renewal
    },
  }
}
