import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { grownBy, growthText } from './memory.ts'
import { openRaw, type RawSocket, statusOf } from './raw-http.ts'
import { creation, headOf, post, push, pushOf } from './requests.ts'
import { type Memory, type ServerProcess, startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-attacks-'))
let server: ServerProcess
let before: Memory

const MIB = 1024 * 1024
/** A body may take so long to come, and may be so large. */
const LIMITS = { requestMs: 1_500, bodyBytes: 4 * MIB } as const

beforeAll(async () => {
  server = await startServer({
    file: join(folder, 'backend.db'),
    settings: { limits: LIMITS, headersMs: 1_500 },
  })
  await push(server.url, 'warm', [creation('warm', 1)])
  before = await server.memory()
})

afterAll(async () => {
  await endChildren()
  rmSync(folder, { recursive: true })
})

const PULL = { scope: 'default', collections: [{ name: 'notes' }], limit: 10 } as const

function head(path: string, ...headers: readonly string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Content-Type: application/json', ...headers]
  return `${lines.join('\r\n')}\r\n\r\n`
}

async function expectServes(): Promise<void> {
  expect((await post(server.url, 'pull', { ...PULL, cursor: null })).status).toBe(200)
}

async function raw(...parts: readonly (string | Buffer)[]): Promise<RawSocket> {
  const socket = await openRaw(server.port)
  for (const part of parts) socket.write(part)
  return socket
}

/** The status of what the server answers; it may close right after, or at once. */
async function statusFor(...parts: readonly (string | Buffer)[]): Promise<number | null> {
  const socket = await raw(...parts)
  const status = statusOf(await socket.until((received) => received.includes('\r\n\r\n')))
  socket.socket.destroy()
  return status
}

describe('the server over raw HTTP', () => {
  test('serves while hundreds of clients never end their headers or their bodies, and drops them', async () => {
    const slowHeaders = (): Promise<RawSocket> =>
      raw('POST /sync/push HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
    const slowBody = (): Promise<RawSocket> => raw(head('/sync/push', 'Content-Length: 100000'), '{"scope":')
    const hundredOfEach = (): Promise<RawSocket[]> =>
      Promise.all(Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? slowHeaders() : slowBody())))
    const silent = await hundredOfEach()
    const dripping = await hundredOfEach()
    await expectServes()
    const drips = setInterval(() => {
      for (const { socket } of dripping) if (!socket.destroyed) socket.write(' ')
    }, 100)
    const statuses = async (slow: readonly RawSocket[]): Promise<Set<number | null>> =>
      new Set(await Promise.all(slow.map(async ({ closed }) => statusOf(await closed))))
    const [toSilent, toDripping] = await Promise.all([statuses(silent), statuses(dripping)])
    await expectServes()
    clearInterval(drips)
    expect(toSilent).toEqual(new Set([408]))
    // What a client writes as the server closes has the connection reset, and the answer may go with it.
    toDripping.delete(null)
    expect(toDripping).toEqual(new Set([408]))
  })

  test('refuses a body that says it is too large before it comes, and one that does not say it as soon as it is', async () => {
    expect(await statusFor(head('/sync/push', `Content-Length: ${100 * MIB}`), '{')).toBe(413)
    const chunk = Buffer.alloc(MIB, 0x20)
    const endless = await raw(head('/sync/push', 'Transfer-Encoding: chunked'))
    let sent = 0
    while (!endless.socket.destroyed && endless.received === '' && sent < 64) {
      sent += 1
      endless.write(`${MIB.toString(16)}\r\n`)
      endless.write(chunk)
      await Promise.race([
        new Promise((resolve) => endless.socket.write('\r\n', resolve)),
        endless.until(({ length }) => length > 0),
      ])
    }
    expect(statusOf(await endless.until(({ length }) => length > 0))).toBe(413)
    expect(sent).toBeLessThan(64)
    endless.socket.destroy()
  })

  test('cuts a decompression bomb off at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(512 * MIB, 0x20))
    expect(bomb.length).toBeLessThan(MIB)
    const asked = ['Content-Encoding: gzip', `Content-Length: ${bomb.length}`]
    const before = await server.processorMs()
    expect(await statusFor(head('/sync/push', ...asked), bomb)).toBe(413)
    // All of it would take several times as much.
    expect((await server.processorMs()) - before).toBeLessThan(300)
    const broken = Buffer.concat([bomb.subarray(0, 100), Buffer.from('this is no gzip')])
    expect(await statusFor(head('/sync/push', asked[0]!, `Content-Length: ${broken.length}`), broken)).toBe(
      400,
    )
    expect(await statusFor(head('/sync/push', 'Content-Encoding: br', 'Content-Length: 2'), '{}')).toBe(415)
  })

  test('refuses what no body may be: nothing, no JSON, another type, arrays a million levels deep', async () => {
    expect((await post(server.url, 'push', '')).status).toBe(400)
    expect((await post(server.url, 'push', '{"scope": "default"')).status).toBe(400)
    expect((await post(server.url, 'push', 'null')).status).toBe(400)
    expect(await statusFor(`POST /sync/push HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`)).toBe(415)
    for (const levels of [10_000, 1_000_000]) {
      const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`
      expect((await post(server.url, 'push', deep)).status).toBe(400)
      const request = await pushOf(server.url, 'deep', [creation('deep', 1)])
      const text = JSON.stringify(request).replace('"Made."', deep)
      const { status, body } = await post(server.url, 'push', text)
      if (status === 200)
        expect(body).toMatchObject({ results: [{ status: 'rejected', code: 'INVALID_MUTATION' }] })
      else expect(status).toBe(400)
    }
    await expectServes()
  })

  test('keeps prototypes as they are, whatever the names in bodies', async () => {
    const poisoned = '{"isAdmin":true}'
    const request = await pushOf(server.url, 'proto', [creation('proto', 1)])
    const bodies = [
      `{"__proto__":${poisoned},"constructor":{"prototype":${poisoned}}}`,
      JSON.stringify(request).replace('"text":', `"__proto__":${poisoned},"text":`),
      JSON.stringify(request).replace('"scope":', `"__proto__":${poisoned},"scope":`),
      JSON.stringify({ ...request, scope: '__proto__' }),
      JSON.stringify(request).replace('"notes"', '"__proto__"'),
      JSON.stringify({
        ...request,
        fields: JSON.parse(`{"__proto__":["a"],"constructor":["b"]}`) as unknown,
      }),
    ]
    for (const body of bodies) expect((await post(server.url, 'push', body)).status).toBeLessThan(500)
    const pointers = ['/__proto__/isAdmin', '/constructor/prototype/isAdmin', '/a/__proto__']
    const { data: _, ...whole } = creation('proto', 2)
    for (const pointer of pointers) {
      const patch = { ...whole, kind: 'patch', base: 'x', patch: { set: { [pointer]: true } } }
      const { status } = await post(server.url, 'push', { ...request, mutations: [patch] })
      expect(status).toBeLessThan(500)
    }
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const { status } = await post(server.url, 'pull', { ...PULL, collections: [{ name }], cursor: null })
      expect(status).toBeLessThan(500)
    }
    const { body } = await post(server.url, 'pull', { ...PULL, limit: 1_000, cursor: null })
    expect(JSON.stringify(body)).not.toContain('isAdmin')
  })

  test('refuses tokens in the query, paths that climb, and names that are none', async () => {
    for (const asked of ['GET /sync?token=a', 'POST /sync/pull?access_token=a', 'GET /sync/ws?token=a']) {
      const socket = await raw(`${asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
      expect(statusOf(await socket.closed), asked).toBe(400)
    }
    const climbing = [
      '/sync/../../etc/passwd',
      '/sync/..%2f..%2fetc%2fpasswd',
      '/sync/%00',
      '/sync/notes%2f..',
    ]
    for (const path of [...climbing, '//etc/passwd', '/sync/a/b/c', '/sync/%E0%A4%A']) {
      const socket = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
      const received = await socket.closed
      expect(statusOf(received), path).toBeGreaterThanOrEqual(400)
      expect(statusOf(received), path).toBeLessThan(500)
      expect(received).not.toContain('root:')
    }
    for (const collection of ['../../etc/passwd', 'a/b', "notes'; DROP TABLE synclayer_record; --", '']) {
      const request = await pushOf(server.url, 'climb', [{ ...creation('climb', 1), collection }])
      const { status, body } = await post(server.url, 'push', request)
      if (status === 200) expect(body).toMatchObject({ results: [{ status: 'rejected' }] })
      else expect(status).toBe(400)
      const pulled = await post(server.url, 'pull', {
        ...PULL,
        collections: [{ name: collection }],
        cursor: null,
      })
      expect(pulled.status).toBe(400)
    }
    await expectServes()
  })

  test('closes on garbage, also behind a request; takes no ambiguous lengths and no huge headers', async () => {
    const garbage = '\x00\x01\x02 this is no HTTP\r\n\r\n'
    for (const before of ['', 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n']) {
      const received = await (await raw(before, garbage)).closed
      expect(received).toContain('HTTP/1.1 400')
    }
    const both = head('/sync/push', 'Content-Length: 2', 'Transfer-Encoding: chunked')
    expect(await statusFor(both, '0\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n')).toBe(400)
    expect(await statusFor(head('/sync/push', 'Content-Length: 2', 'Content-Length: 3'), '{}')).toBe(400)
    expect(await statusFor(head('/sync/push', `X-Huge: ${'h'.repeat(100_000)}`))).toBe(431)
    expect(await statusFor(head(`/sync/${'p'.repeat(100_000)}`))).toBe(431)
    await expectServes()
  })

  test('answers who has closed the half he writes, and forgets who went away in the middle', async () => {
    const body = JSON.stringify({ ...PULL, cursor: null })
    const half = await raw(head('/sync/pull', `Content-Length: ${body.length}`), body)
    half.socket.end()
    expect(statusOf(await half.closed)).toBe(200)
    const gone = await Promise.all(
      Array.from({ length: 100 }, () => raw(head('/sync/push', 'Content-Length: 5000'), '{"scope":')),
    )
    for (const { socket } of gone) socket.resetAndDestroy()
    await expectServes()
  })

  test('refuses more mutations, and more ids, than it says it takes, and stores none of them', async () => {
    const request = await pushOf(server.url, 'wide', [])
    const mutations = Array.from({ length: 5_000 }, (_, n) => creation('wide', n + 1))
    expect((await post(server.url, 'push', { ...request, mutations })).status).toBe(413)
    const ids = Array.from({ length: 5_000 }, (_, n) => `wide-${n}`)
    expect((await post(server.url, 'fetch', { scope: 'default', collection: 'notes', ids })).status).toBe(413)
    expect((await headOf(server.url)).changes).toEqual([])
  })

  test('serves after all of it, holds no more than before, and ends when told to', async () => {
    await expectServes()
    const grown = grownBy(before, await server.memory())
    process.stdout.write(`after all attacks ${growthText(grown)}\n`)
    expect(grown.heap).toBeLessThan(16)
    expect(grown.resident).toBeLessThan(300)
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
