/** `synclayer-server token`: a token for trying out. */
import { invalidOption, scopeProblem, SyncError } from '@synclayer/core/adapter'
import { SignJWT } from 'jose'
import { readClaims, readSecret, type TokenClaims } from './options/access.ts'
import type { GivenOptions } from './options/given-options.ts'
import type { TokenOptionName } from './options/option-table.ts'
import { readDuration } from './options/read-values.ts'

export interface TokenOptions {
  readonly subject: string
  readonly scopes: readonly string[]
  readonly expiresInMs: number
  readonly secret: string
  readonly claims: TokenClaims
  /** Claims besides. */
  readonly marks?: Readonly<Record<string, boolean>>
}

/** Throws INVALID_OPTION for the first that will not do. */
export function readTokenOptions(
  given: GivenOptions<TokenOptionName>,
  environment: NodeJS.ProcessEnv,
): TokenOptions {
  const secret = readSecret(given.option('secret-file'), environment)
  if (secret === undefined) {
    throw new SyncError(
      'INVALID_OPTION',
      'A token is signed with the secret of the server: set SYNCLAYER_SECRET, or give --secret-file.',
    )
  }
  const subject = given.option('sub')?.text
  if (subject === undefined) throw invalidOption('--sub', subject, 'the name of whoever is to have the token')
  const scopes = given.list('scope')
  for (const { text, from } of scopes) {
    if (scopeProblem(text) !== null) throw invalidOption(from, text, 'the name of a scope, such as user:ada')
  }
  return {
    subject,
    scopes: scopes.length === 0 ? ['default'] : scopes.map(({ text }) => text),
    expiresInMs: readDuration(given.option('expires'), '1h'),
    secret,
    claims: readClaims(given),
  }
}

export function createToken(
  { subject, scopes, expiresInMs, secret, claims, marks = {} }: TokenOptions,
  nowMs: number,
): Promise<string> {
  const token = new SignJWT({ ...marks, scopes })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setExpirationTime(expiryOf(nowMs, expiresInMs))
  if (claims.issuer !== undefined) token.setIssuer(claims.issuer)
  if (claims.audience !== undefined) token.setAudience(claims.audience)
  return token.sign(new TextEncoder().encode(secret))
}

/** When such a token ends, as it says itself: in seconds since 1970. */
export function expiryOf(nowMs: number, expiresInMs: number): number {
  return Math.ceil((nowMs + expiresInMs) / 1000)
}
