/**
 * Signing in for a demonstration: whoever gives a name has a token for it. Nobody is asked for a password, so nothing is
 * protected; what a token is for, how it ends and how it is renewed is as in life.
 */
import { isSyncError, SyncError } from '@synclayer/core/adapter'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { TokenClaims } from '../options/access.ts'
import { createToken, expiryOf } from '../token.ts'
import { createAllowance } from './allowance.ts'
import { demoName, demoScope, NAME_RULE } from './demo-name.ts'
import { readSmallJson, refuseForeignPages, tokenOf } from './demo-request.ts'

export interface DemoSignInOptions {
  readonly secret: string
  readonly claims: TokenClaims
  readonly expiresInMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What is answered to whoever has signed in. */
export interface SignedIn {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly name: string
  readonly scopes: readonly string[]
}

/** Marks the tokens that were given without a password: no others are renewed. */
const MARK = { demo: true }

/** Who comes back later signs in again. */
const RENEWABLE_FOR_SECONDS = 7 * 86_400

/** For all together: a demonstration has few guests. */
const ALLOWANCE = { burst: 100, perSecond: 5 }

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  PROTOCOL: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
}

/** Answers `POST /demo/sign-in` with `{ name }`, and `POST /demo/renew` with a token that is good or has ended lately. */
export function createDemoSignIn(options: DemoSignInOptions): (request: Request) => Promise<Response> {
  const { secret, claims, expiresInMs, now } = options
  const count = createAllowance({ ...ALLOWANCE, now })
  const key = new TextEncoder().encode(secret)

  const signIn = async (name: string): Promise<SignedIn> => {
    const at = now()
    const scopes = [demoScope(name)]
    const token = await createToken({ subject: name, scopes, expiresInMs, secret, claims, marks: MARK }, at)
    return { token, expiresAt: expiryOf(at, expiresInMs) * 1_000, name, scopes }
  }
  const nameIn = async (token: string | null): Promise<string> => {
    const refusal = (cause?: unknown): SyncError =>
      new SyncError('UNAUTHENTICATED', 'This token is not renewed: sign in again', { cause })
    if (token === null) throw refusal()
    let payload: JWTPayload
    try {
      const limits = {
        algorithms: ['HS256'],
        currentDate: new Date(now()),
        clockTolerance: RENEWABLE_FOR_SECONDS,
      }
      payload = (await jwtVerify(token, key, { ...limits, ...claims })).payload
    } catch (error) {
      throw error instanceof errors.JOSEError ? refusal(error) : error
    }
    const name = payload['demo'] === true ? demoName(payload.sub) : null
    if (name === null) throw refusal()
    return name
  }
  const answer = async (request: Request): Promise<SignedIn> => {
    refuseForeignPages(request)
    count()
    if (new URL(request.url).pathname === '/demo/renew') return signIn(await nameIn(tokenOf(request)))
    const name = demoName(((await readSmallJson(request)) as { readonly name?: unknown } | null)?.name)
    if (name === null) throw new SyncError('PROTOCOL', NAME_RULE)
    return signIn(name)
  }

  return async (request) => {
    if (request.method !== 'POST')
      return json(405, refusalOf('PROTOCOL', 'POST is expected'), { Allow: 'POST' })
    try {
      return json(200, await answer(request))
    } catch (error) {
      const status = isSyncError(error) ? STATUS_BY_CODE[error.code] : undefined
      if (!isSyncError(error) || status === undefined) throw error
      const wait = Number(error.details['retryAfterMs'] ?? 0)
      const more: Record<string, string> = wait === 0 ? {} : { 'Retry-After': `${Math.ceil(wait / 1_000)}` }
      return json(status, refusalOf(error.code, error.message), more)
    }
  }
}

/** As the sync server words its refusals. */
function refusalOf(
  code: string,
  message: string,
): { readonly error: { readonly code: string; readonly message: string } } {
  return { error: { code, message } }
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } })
}
