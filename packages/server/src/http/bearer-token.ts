import type { RequestHead } from '../contract.ts'
import { HttpError } from './http-error.ts'

const BEARER = /^Bearer +([^\s]+) *$/i
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/
const TOKEN_NAMES: ReadonlySet<string> = new Set([
  'token',
  'access_token',
  'id_token',
  'jwt',
  'auth',
  'authorization',
  'bearer',
])

/**
 * The token of a request, or null. URLs end up in logs and histories: one with a token in its query is refused, so that
 * nobody gets used to it.
 */
export function bearerToken({ url, header }: RequestHead): string | null {
  for (const [name, value] of url.searchParams) {
    if (TOKEN_NAMES.has(name.toLowerCase()) || JWT.test(value)) {
      throw new HttpError(
        400,
        'PROTOCOL',
        'The token belongs into the Authorization header, never into the URL',
      )
    }
  }
  const authorization = header('authorization')
  if (authorization === null) return null
  return BEARER.exec(authorization)?.[1] ?? null
}
