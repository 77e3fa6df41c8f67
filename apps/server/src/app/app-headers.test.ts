import { describe, expect, test } from 'vitest'
import { cacheControlOf, securityHeaders } from './app-headers.ts'

function directives(host: string): ReadonlyMap<string, string> {
  const policy = securityHeaders(host)['Content-Security-Policy'] ?? ''
  return new Map(policy.split('; ').map((one) => [one.split(' ')[0]!, one.split(' ').slice(1).join(' ')]))
}

describe('securityHeaders', () => {
  test('let a page reach its own host, and nothing that stands in it run', () => {
    const policy = directives('127.0.0.1:8787')
    expect(policy.get('default-src')).toBe("'none'")
    expect(policy.get('script-src')).toBe("'self'")
    expect(policy.get('style-src')).toBe("'self'")
    expect(policy.get('connect-src')).toBe("'self' ws://127.0.0.1:8787 wss://127.0.0.1:8787")
    expect(directives('[::1]:1').get('connect-src')).toContain('ws://[::1]:1')
  })

  test('a host with more in it than a name adds nothing to the policy', () => {
    for (const host of ["a;script-src 'unsafe-inline'", 'a,b', "a'b"]) {
      expect(directives(host).get('connect-src')).toBe("'self'")
      expect(directives(host).get('script-src')).toBe("'self'")
    }
  })
})

describe('cacheControlOf', () => {
  test.each(['assets/index-BxR2f_9a.js', 'assets/fonts/a-12345678.woff2', 'assets/index.a1b2c3d4.css'])(
    '%s is kept for good',
    (path) => expect(cacheControlOf(path)).toContain('immutable'),
  )

  test.each([
    'index.html',
    'service-worker.js',
    'manifest.webmanifest',
    'icon-12345678.png',
    'assets/logo.svg',
  ])('%s is asked for each time', (path) => expect(cacheControlOf(path)).toBe('no-cache'))
})
