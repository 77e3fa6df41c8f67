import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, test } from 'vitest'
import { startFile } from '../child.ts'
import { createPlace, type Place } from './server-program.ts'

const COMMAND = fileURLToPath(
  new URL('../../../../packages/conformance/bin/synclayer-protocol.js', import.meta.url),
)

const env = { SYNCLAYER_SECRET: 'a secret of the tests that is long enough' }

const places: Place[] = []
afterAll(() => Promise.all(places.map((place) => place.remove())))

function newPlace(): Place {
  const place = createPlace()
  places.push(place)
  return place
}

/** When a token is no longer good, in milliseconds since 1970. */
function endOf(token: string): number {
  const claims = Buffer.from(token.split('.')[1]!, 'base64url').toString()
  return (JSON.parse(claims) as { readonly exp: number }).exp * 1_000
}

/** Runs `synclayer-protocol`, as built, and answers what it printed. */
async function runSuite(
  options: Readonly<Record<string, string>>,
): Promise<{ code: number | null; lines: string[] }> {
  const lines: string[] = []
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const { code } = await startFile(COMMAND, args, {
    name: 'synclayer-protocol',
    onLine: (line) => lines.push(line),
  }).ended
  return { code, lines }
}

// Side by side: half a minute of each is waiting for the server to ping someone silent.
describe.concurrent('synclayer-server against the suite of the protocol, from the shell', () => {
  test('without any set-up: what needs no token is tested, all of it passes', async ({ expect }) => {
    const server = await newPlace().serve()
    const { code, lines } = await runSuite({ url: server.url })
    expect(lines.filter((line) => line.includes('FAILED'))).toEqual([])
    expect(lines.at(-1)).toMatch(/^[89]\d passed, 0 failed, \d+ not tested$/)
    expect(code).toBe(0)
  }, 180_000)

  test('with tokens of several principals, and a limit', async ({ expect }) => {
    const place = newPlace()
    const token = async (args: string): Promise<string> => {
      const { lines } = await place.run(['token', ...args.split(' ')], env)
      return lines[0]!
    }
    const expired = await token('--sub ada --scope team:1 --expires 1s')
    while (Date.now() < endOf(expired)) await delay(endOf(expired) - Date.now())
    const server = await place.serve([], env)
    const limited = await newPlace().serve(['--max-burst', '20'], env)
    const { code, lines } = await runSuite({
      url: server.url,
      scope: 'team:1',
      token: await token('--sub ada --scope team:1'),
      'second-token': await token('--sub ben --scope team:1'),
      'other-token': await token('--sub eve --scope team:2'),
      'expired-token': expired,
      'limited-url': limited.url,
    })
    expect(lines.filter((line) => line.includes('FAILED'))).toEqual([])
    expect(lines.at(-1)).toMatch(/^10\d passed, 0 failed, [0-6] not tested$/)
    expect(code).toBe(0)
  }, 180_000)
})
