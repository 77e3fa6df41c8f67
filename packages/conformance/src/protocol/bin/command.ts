/** `synclayer-protocol`: the suite against a running server, from a shell. */
import { parseArgs } from 'node:util'
import { protocolConformance } from '../protocol-conformance.ts'
import type { ServerUnderTest } from '../server-under-test.ts'
import { createSmallRunner } from './small-runner.ts'

const HELP = `Tests a server against the SyncLayer protocol, version 1.

  synclayer-protocol --url http://localhost:8080 --token TOKEN [--scope default]

  --url URL             the base address of the server
  --token TOKEN         grants the scope; left out where the server asks for none
  --scope SCOPE         a scope that nobody else writes to meanwhile; "default" when left out. The server must serve
                        the collections todos and lists there
  --other-token TOKEN   of another principal, which does not grant the scope
  --second-token TOKEN  of another principal, which grants the scope too
  --expired-token TOKEN was good once
  --revoked-token TOKEN of a principal that the scope was taken back from
  --limited-url URL     a server like it that takes no more than a hundred requests at once
  --only TEXT           only the tests whose titles match this regular expression
  --patience SECONDS    how long to wait for what must come; 20 when left out
  --slow                also what takes a minute and more: that dead and slow clients are closed
  --help

Everything it writes has new names, so it can be run as often as you like. Ends with 0 where all tests passed, 1 where one
failed, and 2 where it was called wrongly.`

const OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  scope: { type: 'string', default: 'default' },
  'other-token': { type: 'string' },
  'second-token': { type: 'string' },
  'expired-token': { type: 'string' },
  'revoked-token': { type: 'string' },
  'limited-url': { type: 'string' },
  only: { type: 'string' },
  patience: { type: 'string', default: '20' },
  slow: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Runs it with those arguments, and answers the exit code. */
export async function runCommand(args: readonly string[], print: (line: string) => void): Promise<number> {
  let values
  try {
    ;({ values } = parseArgs({ args: [...args], options: OPTIONS }))
  } catch (error) {
    return explain(error instanceof Error ? error.message : String(error), print)
  }
  if (values.help) {
    print(HELP)
    return 0
  }
  const { url } = values
  if (url === undefined || !URL.canParse(url)) return explain('--url must be the address of a server.', print)
  const patienceMs = Number(values.patience) * 1_000
  if (!(patienceMs > 0)) return explain('--patience must be a number of seconds.', print)
  const server: ServerUnderTest = {
    url,
    token: values.token ?? null,
    scope: values.scope,
    ...named('otherToken', values['other-token']),
    ...named('secondToken', values['second-token']),
    ...named('expiredToken', values['expired-token']),
    ...named('revokedToken', values['revoked-token']),
    ...named('limitedUrl', values['limited-url']),
    close: async () => {},
  }
  const runner = createSmallRunner(print, values.only === undefined ? undefined : new RegExp(values.only))
  protocolConformance({ ...runner, create: async () => server, patienceMs, slow: values.slow })
  const { passed, failed, untested } = await runner.run()
  print(`\n${passed} passed, ${failed} failed, ${untested} not tested`)
  return failed === 0 && passed > 0 ? 0 : 1
}

function explain(problem: string, print: (line: string) => void): number {
  print(`${problem}\n\n${HELP}`)
  return 2
}

function named<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>)
}
