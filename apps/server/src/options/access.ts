/** Who may use the server: whoever has a token, or, without tokens, whoever is on this machine. */
import { invalidOption, SyncError } from '@synclayer/core/adapter'
import { readFileSync } from 'node:fs'
import { isLoopback } from '../loopback.ts'
import type { Given, GivenOptions } from './given-options.ts'

/** What each token must say. */
export interface TokenClaims {
  readonly issuer?: string
  readonly audience?: string
}

export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'secret'; readonly secret: string; readonly claims: TokenClaims }
  | { readonly kind: 'jwks'; readonly url: string; readonly claims: TokenClaims }

type ClaimName = 'issuer' | 'audience'

export function readAccess(
  given: GivenOptions<ClaimName | 'secret-file' | 'jwks'>,
  environment: NodeJS.ProcessEnv,
): Access {
  const secret = readSecret(given.option('secret-file'), environment)
  const jwks = given.option('jwks')
  const claims = readClaims(given)
  if (secret !== undefined && jwks !== undefined) {
    throw new SyncError('INVALID_OPTION', `A secret and ${jwks.from} are two ways to sign tokens: give one.`)
  }
  if (secret !== undefined) return { kind: 'secret', secret, claims }
  if (jwks !== undefined) return { kind: 'jwks', url: checkJwks(jwks), claims }
  for (const name of ['issuer', 'audience'] as const) {
    const claim = given.option(name)
    if (claim === undefined) continue
    throw new SyncError(
      'INVALID_OPTION',
      `${claim.from} is about tokens: set SYNCLAYER_SECRET or --jwks too.`,
    )
  }
  return { kind: 'open' }
}

/** Undefined where none is given. The secret itself is in no message. */
export function readSecret(file: Given | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const fromEnvironment = environment['SYNCLAYER_SECRET'] ?? ''
  // A flag beats the environment.
  if (fromEnvironment === '' || file?.from === '--secret-file') {
    return file === undefined ? undefined : checkSecret(readSecretFile(file), file.from)
  }
  if (file === undefined) return checkSecret(fromEnvironment, 'SYNCLAYER_SECRET')
  throw new SyncError('INVALID_OPTION', `SYNCLAYER_SECRET and ${file.from} are both set: keep one.`)
}

export function readClaims(given: GivenOptions<ClaimName>): TokenClaims {
  const issuer = given.option('issuer')?.text
  const audience = given.option('audience')?.text
  return { ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) }
}

function readSecretFile({ text: path, from }: Given): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SyncError('INVALID_OPTION', `The option ${from} names a file that cannot be read: ${reason}.`, {
      cause: error,
    })
  }
}

const LEAST_SECRET_BYTES = 32

/** Gives it back. Throws INVALID_OPTION where it could be guessed. */
export function checkSecret(secret: string, from: string): string {
  if (Buffer.byteLength(secret) >= LEAST_SECRET_BYTES) return secret
  throw new SyncError(
    'INVALID_OPTION',
    `The secret of ${from} is shorter than ${LEAST_SECRET_BYTES} bytes, so it could be guessed. A good one: openssl rand -hex 32`,
  )
}

function checkJwks({ text, from }: Given): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Keys that somebody on the way may replace are no keys.
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return text
  throw invalidOption(from, text, 'an https address, such as https://id.example.com/.well-known/jwks.json')
}
