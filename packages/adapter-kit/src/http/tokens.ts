/** The token, as the app's `auth` gives it. */
import { isSyncError, SyncError } from '@synclayer/core/adapter'

/** Gives the token for a request or a connection; null: it is made without one. */
export type Auth = (asked: AuthRequest) => string | null | Promise<string | null>

export interface AuthRequest {
  /** The token that the server has just refused: another one is wanted. Undefined in all other calls. */
  readonly refused: string | undefined
}

/** A token as it was given for one request. Calls to `auth` are numbered. */
export interface GivenToken {
  readonly token: string | null
  readonly call: number
}

export interface Tokens {
  /** The token for one request. Rejects with UNAUTHENTICATED where `auth` fails. */
  get(): Promise<GivenToken>
  /**
   * Another one in place of one that was refused. Those who were refused the same token at the same time share one call.
   * Rejects with UNAUTHENTICATED where there is no other.
   */
  renew(refused: GivenToken): Promise<GivenToken>
}

/** What fits into a header: visible ASCII. */
const TOKEN = /^[\x21-\x7e]+$/

export function createTokens(auth: Auth): Tokens {
  let calls = 0
  let latest:
    | { readonly refused: string | null; readonly call: number; readonly renewed: Promise<GivenToken> }
    | undefined

  const ask = async (call: number, refused: string | undefined): Promise<GivenToken> => {
    let token: unknown
    try {
      token = (await auth({ refused })) ?? null
    } catch (error) {
      if (isSyncError(error)) throw error
      throw new SyncError('UNAUTHENTICATED', 'The option auth could not give a token.', { cause: error })
    }
    if (token !== null && (typeof token !== 'string' || !TOKEN.test(token))) {
      throw new SyncError(
        'UNAUTHENTICATED',
        'The option auth must give a token of visible ASCII characters, or null.',
      )
    }
    return { token, call }
  }
  const renewOnce = async (call: number, refused: string | null): Promise<GivenToken> => {
    const given = await ask(call, refused ?? undefined)
    if (given.token !== null && given.token !== refused) return given
    throw new SyncError(
      'UNAUTHENTICATED',
      refused === null
        ? 'The server wants a token, and there is none.'
        : 'The server has refused the token, and there is no other.',
    )
  }

  return {
    get: () => ask((calls += 1), undefined),
    renew({ token, call }) {
      // Whoever got the token before the latest call for another was refused at the same time.
      if (latest !== undefined && latest.refused === token && latest.call > call) return latest.renewed
      calls += 1
      latest = { refused: token, call: calls, renewed: renewOnce(calls, token) }
      return latest.renewed
    },
  }
}
