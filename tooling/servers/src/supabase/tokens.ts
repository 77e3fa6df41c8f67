/** JSON Web Tokens by HS256, as a Supabase project signs them with its secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export type Claims = Readonly<Record<string, unknown>>

/** Why a token is not taken. */
export type Refusal = 'malformed' | 'forged' | 'expired'

export type Verdict = { readonly claims: Claims } | { readonly refusal: Refusal }

const HEADER = toBase64Url({ alg: 'HS256', typ: 'JWT' })

/** A token with the claims just as they are given: `exp` is in seconds since 1970. */
export function signToken(claims: Claims, secret: string): string {
  const content = `${HEADER}.${toBase64Url(claims)}`
  return `${content}.${signatureOf(content, secret)}`
}

/** What a token says, or why it is not believed. `now` is in milliseconds. A token without `exp` does not expire. */
export function verifyToken(token: string, secret: string, now: number): Verdict {
  const [header, body, signature, ...rest] = token.split('.')
  if (header === undefined || body === undefined || signature === undefined || rest.length > 0)
    return { refusal: 'malformed' }
  if (!isEqual(signature, signatureOf(`${header}.${body}`, secret))) return { refusal: 'forged' }
  const claims = parse(body)
  if (claims === null || (parse(header) as { alg?: unknown } | null)?.alg !== 'HS256')
    return { refusal: 'malformed' }
  const { exp } = claims
  return typeof exp === 'number' && exp * 1_000 <= now ? { refusal: 'expired' } : { claims }
}

function signatureOf(content: string, secret: string): string {
  return createHmac('sha256', secret).update(content).digest('base64url')
}

function toBase64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function isEqual(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function parse(part: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Claims) : null
  } catch {
    return null
  }
}
