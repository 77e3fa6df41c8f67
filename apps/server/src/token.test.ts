import { jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { readGivenOptions } from './options/given-options.ts'
import { TOKEN_GROUPS, type TokenOptionName } from './options/option-table.ts'
import { createToken, readTokenOptions, type TokenOptions } from './token.ts'

const SECRET = 'a secret that is long enough to be one'
const environment = { SYNCLAYER_SECRET: SECRET }

function read(args: string, env: NodeJS.ProcessEnv = environment): TokenOptions {
  return readTokenOptions(readGivenOptions<TokenOptionName>(TOKEN_GROUPS, args.split(' '), env), env)
}

describe('createToken', () => {
  test('signs who it is, what is granted, and until when', async () => {
    const options = read(
      '--sub ada --scope user:ada,team:9 --scope default --expires 7d --issuer me --audience you',
    )
    const token = await createToken(options, Date.UTC(2026, 0, 1))
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET), {
      currentDate: new Date(Date.UTC(2026, 0, 7)),
    })
    expect(protectedHeader.alg).toBe('HS256')
    expect(payload).toEqual({
      sub: 'ada',
      scopes: ['user:ada', 'team:9', 'default'],
      iat: Date.UTC(2026, 0, 1) / 1000,
      exp: Date.UTC(2026, 0, 8) / 1000,
      iss: 'me',
      aud: 'you',
    })
  })

  test('grants the scope default for an hour where nothing else is said', () => {
    expect(read('--sub ada')).toMatchObject({ scopes: ['default'], expiresInMs: 3_600_000, claims: {} })
  })
})

describe('readTokenOptions', () => {
  test.each([
    ['--scope a', environment, '--sub must be'],
    ['--sub ada', {}, 'set SYNCLAYER_SECRET, or give --secret-file'],
    ['--sub ada --scope é', environment, '--scope must be the name of a scope'],
    ['--sub ada --expires soon', environment, '--expires must be'],
    ['--sub ada --port 1', environment, 'There is no option --port'],
  ])('%s is refused by name', (args, env: NodeJS.ProcessEnv, message) => {
    expect(() => read(args, env)).toThrow(message)
  })
})
