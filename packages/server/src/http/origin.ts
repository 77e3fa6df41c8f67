/** Which web pages may speak to the server. Who sends no `Origin` is no page, and is known by the token alone. */
import type { RequestHead } from '../contract.ts'
import type { CorsOption } from '../options.ts'
import { HttpError } from './http-error.ts'

/** How long browsers may remember the answer to a preflight. */
const REMEMBER_SECONDS = 7_200

const ALLOWED_HEADERS = 'authorization, content-encoding, content-type, synclayer-protocol'

/** The headers for a page of another origin; none for others. Throws 403 where the origin is not allowed. */
export function corsHeaders(head: RequestHead, cors: CorsOption): Readonly<Record<string, string>> {
  const origin = foreignOrigin(head)
  if (origin === null) return {}
  if (!allows(cors, origin)) {
    throw new HttpError(403, 'FORBIDDEN', 'Pages of this origin may not speak to this server')
  }
  return {
    'Access-Control-Allow-Origin': cors === '*' ? '*' : origin,
    'Access-Control-Expose-Headers': 'Retry-After, Synclayer-Protocol',
    Vary: 'Origin',
  }
}

/** Whether what asks is no page, one of this host, or one that is allowed. */
export function isOriginAllowed(head: RequestHead, cors: CorsOption): boolean {
  const origin = foreignOrigin(head)
  return origin === null || allows(cors, origin)
}

/** True for what a browser asks before it sends a request of a page of another origin. */
export function isPreflight({ method, header }: RequestHead): boolean {
  return method === 'OPTIONS' && header('access-control-request-method') !== null
}

/** What a browser is answered before it sends a request; the origin is allowed already. */
export function preflightHeaders({ header }: RequestHead): Readonly<Record<string, string>> {
  return {
    'Access-Control-Allow-Methods': 'GET, POST',
    // Tokens are no cookies: a page has only those it was given, so it may send what headers it likes.
    'Access-Control-Allow-Headers': header('access-control-request-headers') ?? ALLOWED_HEADERS,
    'Access-Control-Max-Age': `${REMEMBER_SECONDS}`,
  }
}

/** The origin of a page of another host. By host alone: behind a proxy that ends TLS the scheme is not the page's. */
function foreignOrigin({ header, url }: RequestHead): string | null {
  const origin = header('origin')
  if (origin === null) return null
  return URL.canParse(origin) && new URL(origin).host === url.host ? null : origin
}

function allows(cors: CorsOption, origin: string): boolean {
  if (cors === '*') return true
  return typeof cors === 'function' ? cors(origin) === true : cors.includes(origin)
}
