/** `synclayer-server`: its commands, and what it says where one cannot be done. */
import { isSyncError } from '@synclayer/core/adapter'
import { readFileSync } from 'node:fs'
import { readGivenOptions } from './options/given-options.ts'
import { SERVER_HELP, TOKEN_HELP } from './options/help.ts'
import {
  SERVER_GROUPS,
  type ServerOptionName,
  TOKEN_GROUPS,
  type TokenOptionName,
} from './options/option-table.ts'
import { readServerOptions } from './options/server-options.ts'
import { runServer } from './run-server.ts'
import { failureText } from './failure-text.ts'
import { hidePasswords } from './hide-passwords.ts'
import { createToken, readTokenOptions } from './token.ts'

const WRONG_OPTIONS = 2

const { argv, env, stdout } = process
const args = argv.slice(2)
try {
  if (args[0] === 'token') await makeToken(args.slice(1))
  else await serve(args)
} catch (error) {
  console.error(`synclayer-server: ${hidePasswords(failureText(error))}`)
  process.exitCode = isSyncError(error, 'INVALID_OPTION') ? WRONG_OPTIONS : 1
}

async function serve(args: readonly string[]): Promise<void> {
  const given = readGivenOptions<ServerOptionName>(SERVER_GROUPS, args, env)
  if (given.help) stdout.write(SERVER_HELP)
  else if (given.version) stdout.write(`${version()}\n`)
  else
    await runServer(readServerOptions(given, env), { version: version(), output: stdout, environment: env })
}

async function makeToken(args: readonly string[]): Promise<void> {
  const given = readGivenOptions<TokenOptionName>(TOKEN_GROUPS, args, env)
  if (given.help) stdout.write(TOKEN_HELP)
  else stdout.write(`${await createToken(readTokenOptions(given, env), Date.now())}\n`)
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
