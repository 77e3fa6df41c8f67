import { isSyncError } from '@synclayer/core/adapter'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readGivenOptions } from './given-options.ts'
import { environmentName, rowsOf, SERVER_GROUPS, type ServerOptionName } from './option-table.ts'
import { readServerOptions, type ServerOptions } from './server-options.ts'

const SECRET = 'a secret that is long enough to be one'
const folder = mkdtempSync(join(tmpdir(), 'synclayer-options-'))
const secretFile = join(folder, 'secret')
writeFileSync(secretFile, `${SECRET} from a file\n`)
afterAll(() => rmSync(folder, { recursive: true }))

function read(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ServerOptions {
  return readServerOptions(readGivenOptions<ServerOptionName>(SERVER_GROUPS, args, environment), environment)
}

function complaint(args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  try {
    read(args, environment)
  } catch (error) {
    if (isSyncError(error, 'INVALID_OPTION')) return error.message
    throw error
  }
  return 'none'
}

describe('readServerOptions', () => {
  test('without any, a file of this folder is served on this machine only, to whoever is on it', () => {
    expect(read([])).toEqual({
      backend: { adapter: 'sqlite', path: 'synclayer.db', url: null, options: {}, showsPassword: false },
      app: null,
      host: '127.0.0.1',
      port: 8787,
      cors: [],
      access: { kind: 'open' },
      demoSignIn: null,
      retentionMs: 90 * 86_400_000,
      purgeIntervalMs: 6 * 3_600_000,
      limits: {
        bodyBytes: 16 * 1024 * 1024,
        batch: 1_000,
        pageChanges: 5_000,
        ids: 1_000,
        requestsPerSecond: 100,
        burst: 1_000,
        sockets: 100,
        subscriptions: 100,
        requestMs: 30_000,
      },
      logLevel: 'info',
    })
  })

  test('every option has its meaning from the command line', () => {
    const args =
      '--path data/a.db --host ::1 --port 0 --cors https://a.example,http://b.example:8080 --cors https://c.example ' +
      `--secret-file ${secretFile} --issuer me --audience you --retention 30d --purge-interval 90s ` +
      '--max-body 2mb --max-batch 10 --max-page 20 --max-ids 30 --max-rate 40 --max-burst 50 --max-sockets 60 ' +
      '--max-subscriptions 70 --request-timeout 5s --log-level warning --adapter sqlite --adapter-options {"durability":"process"} --app dist --demo-sign-in --demo-expires 90s'
    expect(read(args.split(' '))).toEqual({
      backend: {
        adapter: 'sqlite',
        path: 'data/a.db',
        url: null,
        options: { durability: 'process' },
        showsPassword: false,
      },
      app: 'dist',
      host: '::1',
      port: 0,
      cors: ['https://a.example', 'http://b.example:8080', 'https://c.example'],
      access: { kind: 'secret', secret: `${SECRET} from a file`, claims: { issuer: 'me', audience: 'you' } },
      demoSignIn: { expiresInMs: 90_000 },
      retentionMs: 30 * 86_400_000,
      purgeIntervalMs: 90_000,
      limits: {
        bodyBytes: 2 * 1024 * 1024,
        batch: 10,
        pageChanges: 20,
        ids: 30,
        requestsPerSecond: 40,
        burst: 50,
        sockets: 60,
        subscriptions: 70,
        requestMs: 5_000,
      },
      logLevel: 'warning',
    })
  })

  test('each has its meaning from the environment too, and a flag beats it', () => {
    const environment = {
      SYNCLAYER_PORT: '1',
      SYNCLAYER_MAX_BODY: '1MB',
      SYNCLAYER_CORS: 'https://a.example',
    }
    expect(read([], environment)).toMatchObject({
      port: 1,
      limits: { bodyBytes: 1024 * 1024 },
      cors: ['https://a.example'],
    })
    expect(read(['--port', '2', '--port=3', '--cors=https://b.example'], environment)).toMatchObject({
      port: 3,
      cors: ['https://b.example'],
    })
  })

  test('an empty variable is one that is not set', () => {
    const names = rowsOf(SERVER_GROUPS).map(({ name }) => environmentName(name))
    const environment = Object.fromEntries([...names, 'SYNCLAYER_SECRET'].map((name) => [name, '']))
    expect(read([], environment)).toEqual(read([]))
  })

  test('forever forgets nothing', () => {
    expect(read(['--retention', 'forever']).retentionMs).toBeNull()
  })

  test('the secret comes from the environment or a file, and a file on the command line beats the environment', () => {
    const secret = { SYNCLAYER_SECRET: SECRET }
    expect(read([], secret).access).toEqual({ kind: 'secret', secret: SECRET, claims: {} })
    expect(read(['--secret-file', secretFile], secret).access).toMatchObject({
      secret: `${SECRET} from a file`,
    })
    expect(read([], { SYNCLAYER_SECRET_FILE: secretFile }).access).toMatchObject({ kind: 'secret' })
    expect(complaint([], { ...secret, SYNCLAYER_SECRET_FILE: secretFile })).toContain('keep one')
  })

  test('keys by address are fetched over https, or from this machine', () => {
    const url = 'https://id.example.com/keys'
    expect(read(['--jwks', url]).access).toEqual({ kind: 'jwks', url, claims: {} })
    expect(read(['--jwks', 'http://localhost:9/keys']).access).toMatchObject({ kind: 'jwks' })
    expect(complaint(['--jwks', 'http://id.example.com/keys'])).toContain('--jwks must be an https address')
    expect(complaint(['--jwks', url], { SYNCLAYER_SECRET: SECRET })).toContain('give one')
  })

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('without tokens it may listen on %s', (host) => {
    expect(read(['--host', host]).host).toBe(host)
  })

  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '127.0.0.1.example.com', '1270.0.0.1'])(
    'without tokens it may not listen on %s, and says how',
    (host) => {
      expect(complaint(['--host', host])).toMatch(/^--host .* would serve everyone.*SYNCLAYER_SECRET/)
      expect(complaint([], { SYNCLAYER_HOST: host })).toMatch(/^SYNCLAYER_HOST .* would serve everyone/)
      expect(read(['--host', host], { SYNCLAYER_SECRET: SECRET }).host).toBe(host)
    },
  )

  test('signing in for a demonstration is for this machine, unless both are said on the command line', () => {
    const demo = { SYNCLAYER_DEMO_SIGN_IN: 'true' }
    expect(read([], demo)).toMatchObject({ host: '127.0.0.1', demoSignIn: { expiresInMs: 15 * 60_000 } })
    expect(read(['--demo-sign-in', '--host', 'localhost'])).toMatchObject({ host: 'localhost' })
    for (const access of [{}, { SYNCLAYER_SECRET: SECRET }]) {
      expect(read(['--demo-sign-in', '--host', '0.0.0.0'], access).host).toBe('0.0.0.0')
      for (const [args, environment] of [
        [['--host', '0.0.0.0'], demo],
        [['--demo-sign-in'], { SYNCLAYER_HOST: '0.0.0.0' }],
      ] as const) {
        expect(complaint(args, { ...environment, ...access })).toMatch(
          /0\.0\.0\.0 would let everyone .* under any name, without a password.*on the command line/,
        )
      }
    }
  })

  test('a flag of the environment is true or false', () => {
    expect(read([], { SYNCLAYER_DEMO_SIGN_IN: '0' }).demoSignIn).toBeNull()
    expect(complaint([], { SYNCLAYER_DEMO_SIGN_IN: 'perhaps' })).toContain('one of true, false, 1, 0')
  })

  test('every page of the world may ask only where there are tokens', () => {
    expect(complaint(['--cors', '*'])).toContain('without tokens')
    expect(read(['--cors', '*'], { SYNCLAYER_SECRET: SECRET }).cors).toBe('*')
  })

  test.each([
    [['--port', 'x'], 'The option --port must be a whole number from 0 to 65535, not "x".'],
    [['--port', '65536'], 'from 0 to 65535'],
    [['--port', '1.5'], 'from 0 to 65535'],
    [['--cors', 'https://a.example/'], 'without a path'],
    [['--cors', 'a.example'], 'origins such as'],
    [
      ['--retention', '90'],
      "The option --retention must be milliseconds (at least 1 ms) or a text such as '30s'",
    ],
    [['--purge-interval', '25d'], 'at most 24d'],
    [['--request-timeout', '31m'], 'at most 30m'],
    [['--max-body', '1kb'], 'The option --max-body must be bytes'],
    [['--max-body', 'much'], "a text such as '500kb' or '16mb'"],
    [['--max-batch', '0'], 'from 1 to'],
    [['--demo-expires', '1m'], '--demo-expires is about --demo-sign-in'],
    [['--demo-sign-in', '--demo-expires', '2d'], 'at most 1d'],
    [['--demo-sign-in', '--jwks', 'https://id.example.com/keys'], 'give one'],
    [['--demo-sign-in=yes'], 'does not take an argument'],
    [['--log-level', 'loud'], 'one of debug, info, warning, error, off'],
    [['--issuer', 'me'], '--issuer is about tokens'],
    [['--secret-file', join(folder, 'missing')], 'cannot be read'],
    [['--prot', '80'], 'There is no option --prot. Did you mean "--port"?'],
    [['--max-size', '80'], 'There is no option --max-size.'],
    [['-p', '80'], 'There is no option -p.'],
    [['--port'], "Option '--port <value>' argument missing."],
    [['--port', '--help'], "Option '--port' argument is ambiguous."],
    [['--help=yes'], "Option '-h, --help' does not take an argument."],
    [['tokens'], 'There is no command tokens. Did you mean "token"?'],
  ])('%j is refused by name', (args, message) => {
    expect(complaint(args)).toContain(message)
  })

  test('a complaint about the environment names the variable', () => {
    expect(complaint([], { SYNCLAYER_PORT: 'x' })).toContain('The option SYNCLAYER_PORT must be')
  })

  test('a secret on the command line is refused, and told nowhere', () => {
    for (const args of [['--secret', SECRET], [`--secret=${SECRET}`]]) {
      expect(complaint(args)).toBe(
        'There is no option --secret. Whoever may list processes would read it: set SYNCLAYER_SECRET, or give --secret-file.',
      )
    }
    expect(complaint([], { SYNCLAYER_SECRET: 'too short' })).toMatch(/shorter than 32 bytes/)
    expect(complaint([], { SYNCLAYER_SECRET: 'too short' })).not.toContain('too short')
  })
})
