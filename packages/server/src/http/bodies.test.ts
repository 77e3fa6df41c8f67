import { Readable } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Asked, createServerLab, FETCH, PULL, put, refusal } from '../testing/server-lab.ts'

const GZIP: Asked = { headers: { 'Content-Encoding': 'gzip' } }

describe('bodies', () => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
  const cases: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, Asked['headers'], string])[] = [
    ['nothing', '', {}, '400 PROTOCOL'],
    ['half of one', '{"scope":"a","coll', {}, '400 PROTOCOL'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), {}, '400 PROTOCOL'],
    ['a list', '[]', {}, '400 PROTOCOL'],
    ['null', 'null', {}, '400 PROTOCOL'],
    ['text', JSON.stringify(PULL), { 'Content-Type': 'text/plain' }, '415 PROTOCOL'],
    ['a form', 'scope=a', { 'Content-Type': 'application/x-www-form-urlencoded' }, '415 PROTOCOL'],
    ['brotli', JSON.stringify(PULL), { 'Content-Encoding': 'br' }, '415 PROTOCOL'],
    ['gzip twice', JSON.stringify(PULL), { 'Content-Encoding': 'gzip, gzip' }, '415 PROTOCOL'],
    ['no gzip', JSON.stringify(PULL), { 'Content-Encoding': 'gzip' }, '400 PROTOCOL'],
    [
      'half of a gzip',
      new Uint8Array(gzipSync(JSON.stringify(PULL)).subarray(0, 30)),
      { 'Content-Encoding': 'gzip' },
      '400 PROTOCOL',
    ],
    ['too much', JSON.stringify({ ...PULL, more: 'x'.repeat(4_000_000) }), {}, '413 RECORD_TOO_LARGE'],
    [
      'too deep where it matters',
      `{"scope":"a","collections":[{"name":"todos","filter":{"op":"and","x":${deep}}}],"cursor":null,"limit":1}`,
      {},
      '400 PROTOCOL',
    ],
    ['a scope of another type', JSON.stringify({ ...PULL, scope: ['a'] }), {}, '400 PROTOCOL'],
    ['a cursor of another type', JSON.stringify({ ...PULL, cursor: 5 }), {}, '400 PROTOCOL'],
    ['a cursor that is none', JSON.stringify({ ...PULL, cursor: '\u0000' }), {}, '400 PROTOCOL'],
    ['a limit of another type', JSON.stringify({ ...PULL, limit: '10' }), {}, '400 PROTOCOL'],
    [
      'a filter that is none',
      JSON.stringify({ ...PULL, collections: [{ name: 'todos', filter: { op: 'drop' } }] }),
      {},
      '400 PROTOCOL',
    ],
    [
      'a prototype for a filter',
      '{"scope":"a","collections":[{"name":"todos","filter":{"op":"and","__proto__":{}}}],"cursor":null,"limit":1}',
      {},
      '400 PROTOCOL',
    ],
    [
      'a prototype for a name',
      JSON.stringify({ ...PULL, collections: [{ name: '__proto__' }] }),
      {},
      '400 PROTOCOL',
    ],
  ]
  test.each(cases)('%s', async (_, body, headers, expected) => {
    const { send } = createServerLab({ limits: { bodyBytes: 3_000_000 } })
    expect(await refusal(send('/sync/pull', body, { headers: headers ?? {} }))).toBe(expected)
    // It is as well as before.
    expect((await send('/sync/pull', JSON.stringify(PULL))).status).toBe(200)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('that are deep are refused before they are parsed, also where nobody looks', async () => {
    const { send } = createServerLab()
    const more = (levels: number): string =>
      `{"more":${'["\\"[",{"]":'.repeat(levels)}0${'}]'.repeat(levels)},${JSON.stringify(PULL).slice(1)}`
    expect((await send('/sync/pull', more(499))).status).toBe(200)
    expect(await refusal(send('/sync/pull', more(500)))).toBe('400 PROTOCOL')
    // Parsing these took seconds, of a processor.
    const before = process.cpuUsage()
    expect(await refusal(send('/sync/pull', '['.repeat(16_000_000)))).toBe('400 PROTOCOL')
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })

  test('documents that are deep or meddle with prototypes are refused each for itself (W19)', async () => {
    const { push, pull, ask } = createServerLab()
    const { cursor, epoch } = await pull()
    const text = JSON.stringify({
      scope: 'a',
      clientId: 'phone',
      settled: 0,
      epoch,
      cursor,
      mutations: [put(1), put(2), put(3)],
    })
    const body = text
      .replace('"id":"r2","text":"Milk"', `"id":"r2","text":${'['.repeat(101)}${']'.repeat(101)}`)
      .replace('"id":"r3","text":"Milk"', '"id":"r3","__proto__":{"polluted":true}')
    const { body: answer } = await ask<unknown>('/sync/push', JSON.parse(body) as unknown)
    expect(answer).toMatchObject({
      results: expect.arrayContaining([
        expect.objectContaining({ id: 'phone.1', status: 'accepted' }),
        expect.objectContaining({ id: 'phone.2', status: 'rejected', code: 'INVALID_MUTATION' }),
      ]) as unknown,
    })
    expect((await pull()).changes.map(({ id }) => id)).not.toContain('r2')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    await push([put(4)])
  })

  test('with too many mutations or ids are 413, before anything is looked at', async () => {
    const { send, pull } = createServerLab({ limits: { batch: 3, ids: 2 } })
    const { cursor, epoch } = await pull()
    const request = { scope: 'a', clientId: 'phone', settled: 0, epoch, cursor, mutations: [5, 6, 7, 8] }
    expect(await refusal(send('/sync/push', JSON.stringify(request)))).toBe('413 RECORD_TOO_LARGE')
    expect(await refusal(send('/sync/fetch', JSON.stringify({ ...FETCH, ids: ['1', '2', '3'] })))).toBe(
      '413 RECORD_TOO_LARGE',
    )
  })

  test('are read when they are compressed', async () => {
    const { send } = createServerLab()
    const body = new Uint8Array(gzipSync(JSON.stringify(PULL)))
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await send('/sync/pull', body, { headers })).status).toBe(200)
  })

  test('that decompress to no end are cut at the limit', async () => {
    const { send } = createServerLab({ limits: { bodyBytes: 1_000_000 } })
    const spaces = Buffer.alloc(1_000_000, 32)
    const endless = new Readable({ read: () => void endless.push(spaces) })
    const bomb = endless.pipe(createGzip())
    const over = new Promise((resolve) => bomb.on('error', resolve))
    const body = Readable.toWeb(bomb) as ReadableStream<Uint8Array>
    expect(await refusal(send('/sync/pull', body, GZIP))).toBe('413 RECORD_TOO_LARGE')
    await over
    endless.destroy()
  })

  test('that decompress to nothing, without end, are cut at the limit', async () => {
    const { send } = createServerLab({ limits: { bodyBytes: 1_000_000 } })
    const head = gzipSync('').subarray(0, 10)
    const emptyBlocks = Buffer.from('000000ffff'.repeat(10_000), 'hex')
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(head)),
      pull(controller) {
        controller.enqueue(new Uint8Array(emptyBlocks))
        pulled += emptyBlocks.length
      },
    })
    expect(await refusal(send('/sync/pull', body, GZIP))).toBe('413 RECORD_TOO_LARGE')
    expect(pulled).toBeLessThan(1_500_000)
  })

  test('without end are cut at the limit', async () => {
    const { send } = createServerLab({ limits: { bodyBytes: 1_000_000 } })
    let pulled = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 10_000
        controller.enqueue(new Uint8Array(10_000).fill(32))
      },
      cancel: () => void (cancelled = true),
    })
    expect(await refusal(send('/sync/pull', body))).toBe('413 RECORD_TOO_LARGE')
    expect([pulled < 1_200_000, cancelled]).toEqual([true, true])
  })

  test('that do not come are 408', async () => {
    const { send } = createServerLab({ limits: { requestMs: 20 } })
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(5)),
    })
    expect(await refusal(send('/sync/pull', body))).toBe('408 TIMEOUT')
  })
})
