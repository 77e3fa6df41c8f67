/** JSON Web Tokens, by `jose`: with a shared secret, or with the public keys of an issuer. */
import { SyncError } from '@synclayer/core/adapter'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Authenticate, Principal } from '../contract.ts'
import { createLru } from '../lru.ts'
import { checkJwtOptions, type JwtOptions } from './jwt-options.ts'

/** Who has had a token verified lately. */
interface Verified {
  readonly principal: Principal
  /** From when on it is to be verified again, in milliseconds since 1970. */
  readonly until: number
}

const TOKENS_KEPT = 10_000

/** A key may be withdrawn: even a token that never expires is looked at again after so long. */
const KEPT_FOR_MS = 5 * 60_000

/** Larger tokens are nobody's. */
const MAX_TOKEN_LENGTH = 16 * 1024

/** Codes of `jose` that say something of the keys, and not of the token: it may be good. */
const OF_THE_KEYS: ReadonlySet<string> = new Set([
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  errors.JWKInvalid.code,
  errors.JOSEError.code,
])

/**
 * Authenticates by the claims of a JWT: `sub` is the principal's id, `scopes` lists what it may use, `exp` is when that
 * ends. Who has no `scopes` may use none. A token of another algorithm, issuer or audience, an expired one, or one that is not
 * yet valid is nobody's (401).
 *
 * Throws INVALID_OPTION for an unsound option. Rejects with NETWORK where the issuer's keys cannot be had.
 */
export function jwtAuthentication(options: JwtOptions): Authenticate {
  const { key, scopesOf, verify, now } = checkJwtOptions(options)
  const keys = key instanceof URL ? createRemoteJWKSet(key) : key
  const verified = createLru<string, Verified>(TOKENS_KEPT)

  const payloadOf = async (token: string): Promise<JWTPayload> => {
    const limits = { ...verify, currentDate: new Date(now()) }
    try {
      const { payload } = await (typeof keys === 'function'
        ? jwtVerify(token, keys, limits)
        : jwtVerify(token, keys, limits))
      return payload
    } catch (error) {
      throw refusalOf(error)
    }
  }
  return async ({ token }) => {
    if (token === null || token.length > MAX_TOKEN_LENGTH) return null
    const known = verified.get(token)
    if (known !== undefined && known.until > now()) return known.principal
    verified.delete(token)
    const payload = await payloadOf(token)
    const principal = principalOf(payload, scopesOf(payload))
    const until = Math.min(principal.expiresAt ?? Infinity, now() + KEPT_FOR_MS)
    verified.set(token, { principal, until })
    return principal
  }
}

function principalOf({ sub, exp }: JWTPayload, scopes: readonly string[]): Principal {
  if (typeof sub !== 'string' || sub === '') {
    throw new SyncError('UNAUTHENTICATED', 'The token names nobody: it has no sub')
  }
  return { id: sub, scopes, ...(exp === undefined ? {} : { expiresAt: exp * 1_000 }) }
}

function refusalOf(error: unknown): SyncError {
  const isOfTheToken = error instanceof errors.JOSEError && !OF_THE_KEYS.has(error.code)
  if (error instanceof errors.JWTExpired) return new SyncError('UNAUTHENTICATED', 'The token has expired')
  if (isOfTheToken) return new SyncError('UNAUTHENTICATED', 'The token is not good', { cause: error })
  return new SyncError('NETWORK', 'The keys of the issuer cannot be had', { cause: error })
}
