/** Who is who, and whose pages may ask, by the kind of access. */
import { type Authenticate, type CorsOption, jwtAuthentication } from '@synclayer/server'
import { isLoopbackOrigin } from './loopback.ts'
import type { Access } from './options/access.ts'

/** All that is served where there are no tokens. */
export const OPEN_SCOPE = 'default'

export function authenticationFor(access: Access): Authenticate {
  if (access.kind === 'open') return () => ({ id: 'local', scopes: [OPEN_SCOPE] })
  if (access.kind === 'secret') return jwtAuthentication({ secret: access.secret, ...access.claims })
  return jwtAuthentication({ jwks: access.url, ...access.claims })
}

/** Without tokens, pages of this machine may ask, whichever port they come from; with them, only those named. */
export function corsFor(access: Access, cors: readonly string[] | '*'): CorsOption {
  if (access.kind !== 'open' || cors === '*') return cors
  return (origin) => cors.includes(origin) || isLoopbackOrigin(origin)
}
