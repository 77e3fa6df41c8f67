import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRaw, statusOf } from '../wire/raw-http.ts'
import { createPlace, type Place } from './server-program.ts'

let place: Place
beforeEach(() => (place = createPlace()))
afterEach(() => place.remove())

/** The head and the body of a request that saves a note. */
function saving(id: string): { readonly head: string; readonly body: string } {
  const body = JSON.stringify({ recordId: id, data: { id }, updatedAt: '2026-01-01T00:00:00Z' })
  const head = `POST /sync/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return { head, body }
}

describe('synclayer-server, told to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s, answers the requests it has begun, and ends with 0',
    async (signal) => {
      const server = await place.serve()
      const ids = ['a', 'b', 'c']
      const requests = await Promise.all(
        ids.map(async (id) => {
          const { head, body } = saving(id)
          const socket = await openRaw(server.port)
          socket.write(head + body.slice(0, 10))
          return { socket, rest: body.slice(10) }
        }),
      )
      // Answered on a connection made later, so the others have been read.
      expect((await fetch(`${server.url}/health`)).status).toBe(200)
      const stopping = server.entry('Stopping: what was begun is answered')
      const ended = server.stop(signal)
      await stopping
      await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed')
      for (const { socket, rest } of requests) socket.write(rest)
      for (const { socket } of requests) expect(statusOf(await socket.closed)).toBe(200)
      expect(await ended).toMatchObject({ code: 0, errors: '' })

      const again = await place.serve()
      const { records } = (await (await fetch(`${again.url}/sync/notes`)).json()) as {
        records: { recordId: string }[]
      }
      expect(records.map(({ recordId }) => recordId).sort()).toEqual(ids)
    },
  )

  test('the same signal at the same moment, passed on by npx, is no second one', async () => {
    const server = await place.serve()
    server.signal('SIGINT')
    expect(await server.stop('SIGINT')).toMatchObject({ code: 0, errors: '' })
  })

  test('a second signal ends it at once', async () => {
    const server = await place.serve()
    const { head, body } = saving('never')
    const socket = await openRaw(server.port)
    socket.write(head + body.slice(0, 10))
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    const stopping = server.entry('Stopping: what was begun is answered')
    const ended = server.stop('SIGTERM')
    await stopping
    server.signal('SIGINT')
    expect((await ended).code).toBe(130)
    await socket.closed
  })
})

describe('synclayer-server that cannot begin', () => {
  test('names the port that is in use, and what to do', async () => {
    const { port } = await place.serve()
    const { code, errors, lines } = await place.run(['--port', String(port), '--path', 'other.db'])
    expect(code).toBe(1)
    expect(errors).toContain(`port ${port}`)
    expect(errors).toContain('The port is in use')
    expect(lines).toEqual([])
  })

  test('says what is wrong with the file', async () => {
    const { code, errors } = await place.run(['--path', '.', '--log-level', 'off'])
    expect(code).toBe(1)
    expect(errors).toMatch(/^synclayer-server: SQLite failed while opening the database/)
  })

  test.each([
    [['--host', '0.0.0.0'], 'would serve everyone who can reach this machine'],
    [['--host', '192.168.1.5'], 'SYNCLAYER_SECRET'],
    [['--cors', '*'], 'without tokens'],
    [['--prot', '1'], 'Did you mean "--port"?'],
    [['--secret', 'x'.repeat(40)], 'set SYNCLAYER_SECRET, or give --secret-file'],
    [['--retention', 'long'], '--retention must be'],
    [['start'], 'There is no command start'],
    [['token', '--sub', 'ada'], 'set SYNCLAYER_SECRET'],
  ])('refuses %j', async (args, reason) => {
    const { code, errors, lines } = await place.run(args)
    expect([code, lines]).toEqual([2, []])
    expect(errors).toContain(reason)
    expect(errors).toContain('--help')
    expect(errors).not.toContain('xxxx')
  })
})

describe('synclayer-server --help', () => {
  test('shows the options and their variables, and does nothing else', async () => {
    const help = await place.run(['--help', '--port', '1'])
    expect(help).toMatchObject({ code: 0, errors: '' })
    const text = help.lines.join('\n')
    for (const part of ['--path FILE', '--host ADDRESS', '--jwks URL', 'SYNCLAYER_SECRET', 'token --sub'])
      expect(text).toContain(part)
    expect((await place.run(['token', '-h'])).lines.join('\n')).toContain('--expires TIME')
    expect((await place.run(['--version'])).lines).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)])
  })
})
