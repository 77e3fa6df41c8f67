import type { JWTPayload, JWTVerifyOptions } from 'jose'
import { invalidOption } from '../invalid-option.ts'

/** What `jwtAuthentication` takes. Give `secret` or `jwks`, not both. */
export interface JwtOptions {
  /** A secret shared with whoever makes the tokens (HMAC): 32 bytes or more, as text or bytes. */
  readonly secret?: string | Uint8Array
  /** Where the issuer publishes his public keys, such as `https://example.com/.well-known/jwks.json`. */
  readonly jwks?: string | URL
  /** What `iss` must be; anything when left out. */
  readonly issuer?: string | readonly string[]
  /** What `aud` must be or contain; anything when left out. */
  readonly audience?: string | readonly string[]
  /** The algorithms taken. With a secret HS256, HS384 and HS512; with `jwks` those of public keys. */
  readonly algorithms?: readonly string[]
  /** The scopes a token grants. When left out, those its claim `scopes` lists. */
  readonly scopes?: (claims: Readonly<Record<string, unknown>>) => readonly string[]
  /** The clock, in milliseconds since 1970. For tests. */
  readonly now?: () => number
}

export interface CheckedJwtOptions {
  /** The secret's bytes, or where the keys are. */
  readonly key: Uint8Array | URL
  readonly scopesOf: (claims: JWTPayload) => readonly string[]
  readonly verify: JWTVerifyOptions
  readonly now: () => number
}

const LEAST_SECRET_BYTES = 32
const SHARED: readonly string[] = ['HS256', 'HS384', 'HS512']
const PUBLIC: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

const NAMES: ReadonlySet<string> = new Set<keyof JwtOptions>([
  'secret',
  'jwks',
  'issuer',
  'audience',
  'algorithms',
  'scopes',
  'now',
])

/** Checks the options by code. Throws INVALID_OPTION naming the option. */
export function checkJwtOptions(options: JwtOptions): CheckedJwtOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object is expected')
  for (const name of Object.keys(options))
    if (!NAMES.has(name)) throw invalid(name, 'there is no such option')
  const { secret, jwks, scopes, now = () => Date.now() } = options
  if ((secret === undefined) === (jwks === undefined)) throw invalid('secret', 'give `secret` or `jwks`')
  if (scopes !== undefined && typeof scopes !== 'function')
    throw invalid('scopes', 'a function of the claims is expected')
  if (typeof now !== 'function') throw invalid('now', 'a function is expected')
  const isShared = secret !== undefined
  return {
    key: isShared ? checkSecret(secret) : checkAddress(jwks),
    scopesOf: scopes === undefined ? listedScopes : (claims) => checkScopes(scopes(claims)),
    verify: {
      algorithms: checkAlgorithms(options.algorithms, isShared ? SHARED : PUBLIC),
      ...checkNames('issuer', options.issuer),
      ...checkNames('audience', options.audience),
    },
    now,
  }
}

/** Who has no list of scopes, or one of something else, has none. */
function listedScopes({ scopes }: JWTPayload): readonly string[] {
  return Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string') ? scopes : []
}

function checkScopes(scopes: unknown): readonly string[] {
  if (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')) return scopes
  throw new TypeError('jwtAuthentication: `scopes` has answered something that is no list of scopes')
}

function checkSecret(secret: unknown): Uint8Array {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (bytes instanceof Uint8Array && bytes.length >= LEAST_SECRET_BYTES) return bytes
  throw invalid('secret', `${LEAST_SECRET_BYTES} bytes or more are expected`)
}

function checkAddress(jwks: unknown): URL {
  if (jwks instanceof URL) return jwks
  if (typeof jwks === 'string' && URL.canParse(jwks)) return new URL(jwks)
  throw invalid('jwks', 'the address of a key set is expected')
}

function checkAlgorithms(algorithms: unknown, possible: readonly string[]): string[] {
  if (algorithms === undefined) return [...possible]
  const isSound = Array.isArray(algorithms) && algorithms.length > 0
  if (isSound && algorithms.every((name) => possible.includes(name as string))) return algorithms as string[]
  throw invalid('algorithms', `a list of some of ${possible.join(', ')} is expected`)
}

function checkNames(option: 'issuer' | 'audience', value: unknown): Readonly<Record<string, string[]>> {
  if (value === undefined) return {}
  const names: unknown[] = Array.isArray(value) ? value : [value]
  const isSound = names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')
  if (isSound) return { [option]: names as string[] }
  throw invalid(option, 'a name, or a list of names, is expected')
}

function invalid(option: string, reason: string): Error {
  return invalidOption(option, reason, 'jwtAuthentication')
}
