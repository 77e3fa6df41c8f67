/** What every answer of the app says to the browser: what the page may do, and how long a file may be kept. */

/** A host as it may stand in a policy: a name with a semicolon in it would end the directive. */
const PLAIN_HOST = /^[\w.:[\]-]+$/

/** Vite and its like name these after what is in them, so they never change. */
const NAMED_BY_CONTENT = /^assets\/(?:.+\/)?[^/]+[.-][\w-]{8,}\.\w+$/

const FOREVER = 'public, max-age=31536000, immutable'

/** Kept, but asked for each time: a page that was replaced is noticed at once. */
const ASK_EACH_TIME = 'no-cache'

export function securityHeaders(host: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(host),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  }
}

export function cacheControlOf(path: string): string {
  return NAMED_BY_CONTENT.test(path) ? FOREVER : ASK_EACH_TIME
}

/**
 * Scripts, styles and data come from this host alone, and nothing that stands in the page itself is run. Not every browser counts
 * WebSockets of the same host among 'self'. The app may show itself in a frame, and nobody else may.
 */
function contentSecurityPolicy(host: string): string {
  const sockets = PLAIN_HOST.test(host) ? ` ws://${host} wss://${host}` : ''
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
