import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { runCommand } from './command.ts'

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly printed: string }> {
  const lines: string[] = []
  const code = await runCommand(args, (line) => lines.push(line))
  return { code, printed: lines.join('\n') }
}

describe('synclayer-protocol', () => {
  test('explains itself', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      printed: expect.stringContaining('--other-token') as unknown,
    })
  })

  test.each([
    [['--url', 'nowhere'], '--url must be'],
    [[], '--url must be'],
    [['--url', 'http://localhost', '--patience', 'long'], '--patience must be'],
    [['--port', '80'], "Unknown option '--port'"],
  ])('called with %j it says what is wrong, and ends with 2', async (args, problem) => {
    expect(await run(...args)).toMatchObject({
      code: 2,
      printed: expect.stringContaining(problem) as unknown,
    })
  })

  test('ends with 1 where a server answers what the schemas do not say', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('Synclayer-Protocol', '1')
      response.setHeader('Content-Type', 'application/json')
      response.end('{"protocol":1}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const { code, printed } = await run(
        '--url',
        `http://127.0.0.1:${port}`,
        '--only',
        'health|what the server can do',
      )
      expect(code).toBe(1)
      expect(printed).toContain('FAILED GET /sync says what the server can do, in version 1')
      expect(printed).toContain("must have required property 'capabilities'")
      expect(printed).toContain('0 passed, 2 failed, 0 not tested')
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('ends with 1 where there is no such test', async () => {
    expect(await run('--url', 'http://127.0.0.1:1', '--only', 'no such test')).toMatchObject({ code: 1 })
  })
})
