import { randomBytes } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openRaw, statusOf } from '../wire/raw-http.ts'
import { createPlace, type Place, type RunningServer } from './server-program.ts'

const PAGE = '<!doctype html><title>The app</title>'
const SCRIPT = `/* ${'a script, '.repeat(500)} */`

let place: Place
beforeEach(() => {
  place = createPlace()
  const app = join(place.folder, 'dist')
  mkdirSync(join(app, 'assets'), { recursive: true })
  writeFileSync(join(app, 'index.html'), PAGE)
  writeFileSync(join(app, 'service-worker.js'), '// the worker')
  writeFileSync(join(app, 'manifest.webmanifest'), '{}')
  writeFileSync(join(app, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(app, 'icon.png'), randomBytes(2_000))
  writeFileSync(join(app, '.env'), 'SECRET')
  writeFileSync(join(app, 'assets/index-BxR2f_9a.js'), SCRIPT)
  writeFileSync(join(app, 'assets/index-CyS3g_0b.css'), 'body{}')
  writeFileSync(join(place.folder, 'secret.txt'), 'SECRET')
})
afterEach(() => place.remove())

const serve = (...more: readonly string[]): Promise<RunningServer> => place.serve(['--app', 'dist', ...more])

/** What a browser says where it goes to a page. */
const navigating = { headers: { accept: 'text/html,application/xhtml+xml' } }

describe('synclayer-server --app', () => {
  test('serves the files as what they are, and its page for addresses of the app, beside sync', async () => {
    const server = await serve()
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/index.html', 'text/html; charset=utf-8'],
      ['/assets/index-BxR2f_9a.js', 'text/javascript; charset=utf-8'],
      ['/assets/index-CyS3g_0b.css', 'text/css; charset=utf-8'],
      ['/service-worker.js', 'text/javascript; charset=utf-8'],
      ['/manifest.webmanifest', 'application/manifest+json'],
      ['/icon.svg', 'image/svg+xml'],
      ['/icon.png', 'image/png'],
    ] as const) {
      const answer = await fetch(server.url + path)
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, type])
      await answer.arrayBuffer()
    }
    expect(await (await fetch(`${server.url}/`)).text()).toBe(PAGE)
    expect(await (await fetch(`${server.url}/lists/9?filter=open`, navigating)).text()).toBe(PAGE)
    expect((await fetch(`${server.url}/lists/9`)).status).toBe(404)
    expect((await fetch(`${server.url}/assets/gone-12345678.js`, navigating)).status).toBe(404)
    expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${server.url}/sync`)).status).toBe(200)
    expect((await fetch(`${server.url}/sync/no/such`, navigating)).headers.get('content-type')).toMatch(
      /json/,
    )
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })

  test('every answer says what the page may do', async () => {
    const server = await serve()
    const { host } = new URL(server.url)
    for (const path of ['/', '/assets/index-BxR2f_9a.js', '/service-worker.js', '/gone.js']) {
      const { headers } = await fetch(server.url + path)
      const policy = headers.get('content-security-policy')
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
      expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`)
      expect(policy).toContain("frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('permissions-policy')).toContain('camera=()')
    }
  })

  test('what is named by its content is kept for good, all else is asked for and answered 304', async () => {
    const server = await serve()
    const asset = await fetch(`${server.url}/assets/index-BxR2f_9a.js`)
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    for (const path of ['/', '/service-worker.js']) {
      const first = await fetch(server.url + path)
      expect(first.headers.get('cache-control')).toBe('no-cache')
      const tag = first.headers.get('etag') ?? ''
      for (const tags of [tag, `W/${tag}`, `"other", ${tag}`]) {
        const again = await fetch(server.url + path, { headers: { 'if-none-match': tags } })
        expect([again.status, await again.text()]).toEqual([304, ''])
        expect(again.headers.get('etag')).toBe(tag)
      }
    }
    // A new build is served without a restart.
    const { headers } = await fetch(server.url)
    writeFileSync(join(place.folder, 'dist/index.html'), `${PAGE}<p>new`)
    const rebuilt = await fetch(server.url, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect([rebuilt.status, await rebuilt.text()]).toEqual([200, `${PAGE}<p>new`])
  })

  test('compresses text for those who take it, and answers HEAD as GET without the body', async () => {
    const server = await serve()
    const url = `${server.url}/assets/index-BxR2f_9a.js`
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    expect(plain.headers.get('content-length')).toBe(`${SCRIPT.length}`)
    expect(plain.headers.get('content-encoding')).toBeNull()
    const packed = await fetch(url, { headers: { 'accept-encoding': 'br, gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toBe('Accept-Encoding')
    expect(packed.headers.get('etag')).not.toBe(plain.headers.get('etag'))
    expect(await packed.text()).toBe(SCRIPT)
    const head = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${SCRIPT.length}`])
    expect(await head.text()).toBe('')
    for (const accepted of ['gzip;q=0', 'x-gzipped']) {
      const refused = await fetch(url, { headers: { 'accept-encoding': accepted } })
      expect(refused.headers.get('content-encoding')).toBeNull()
    }
  })

  test('gives nothing else of the disk away', async () => {
    symlinkSync(join(place.folder, 'secret.txt'), join(place.folder, 'dist/link.txt'))
    const server = await serve()
    const paths = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/..%5csecret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '//secret.txt',
      `/${join(place.folder, 'secret.txt')}`,
      '/.env',
      '/%2eenv',
      '/link.txt',
      '/secret.txt%00.js',
      '/synclayer.db',
    ]
    for (const path of paths) {
      const socket = await openRaw(server.port)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n`)
      const answer = await socket.closed
      expect([path, String(answer).includes('SECRET')]).toEqual([path, false])
      expect([path, statusOf(answer)]).toEqual([path, 404])
    }
  })

  test('is for this machine where there are no tokens, and sockets go on beside it', async () => {
    const server = await serve()
    const socket = await openRaw(server.port)
    socket.write('GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n')
    expect(statusOf(await socket.closed)).toBe(403)
    const web = new WebSocket(`${server.url.replace('http', 'ws')}/sync/ws`, 'synclayer.1')
    await new Promise((resolve, reject) => web.once('open', resolve).once('error', reject))
    web.terminate()
  })

  test('a folder without a page is refused', async () => {
    for (const folder of ['nowhere', 'dist/assets']) {
      const { code, errors } = await place.run(['--app', folder])
      expect(code).toBe(2)
      expect(errors).toContain(`--app names ${folder}, where no index.html is`)
    }
  })
})
