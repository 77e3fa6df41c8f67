/** What is served, where and to whom: said once, when it is true. */
import type { Logger } from '@synclayer/core/adapter'
import { OPEN_SCOPE } from './authentication.ts'
import type { Access } from './options/access.ts'

export interface Serving {
  readonly version: string
  readonly adapter: string
  readonly place: string
  readonly url: string
  /** What it listens on. */
  readonly host: string
  readonly access: Access
  /** The folder of the app that is served too. */
  readonly app: string | null
  readonly hasDemoSignIn: boolean
  readonly showsPassword: boolean
}

const OPEN_WARNING = `No secret is set: whoever is on this machine may read and write, scope ${OPEN_SCOPE} only. Nobody else is served.`

const DEMO_WARNING =
  'DEMONSTRATION: whoever reaches this server may sign in under any name, without a password (--demo-sign-in). Keep nothing here that matters.'

const PASSWORD_WARNING =
  'The password in --url can be read by whoever may list the processes of this machine: set SYNCLAYER_URL instead.'

/** As an entry of the log. */
export function logServing(serving: Serving, logger: Logger): void {
  const { adapter, place, url, host, access, app, hasDemoSignIn, showsPassword } = serving
  if (access.kind === 'open') logger.log('warning', OPEN_WARNING)
  if (hasDemoSignIn) logger.log('warning', DEMO_WARNING)
  if (showsPassword) logger.log('warning', PASSWORD_WARNING)
  logger.log('info', 'Serving', {
    adapter,
    place,
    url,
    host,
    access: access.kind,
    ...(app === null ? {} : { app }),
  })
}

/** For whoever has just started it in a terminal. */
export function servingText(serving: Serving): string {
  const { version, adapter, place, url, host, app, hasDemoSignIn, showsPassword } = serving
  const warnings = [...(hasDemoSignIn ? [DEMO_WARNING] : []), ...(showsPassword ? [PASSWORD_WARNING] : [])]
  return `
SyncLayer server ${version}

  serves   ${adapter}, ${place}${app === null ? '' : `\n           and the app in ${app}`}
  at       ${url} (it listens on ${host})
  to       ${readersOf(serving)}
${warnings.map((warning) => `\n${warning}\n`).join('')}
Ctrl-C stops it. --help shows what can be set.

`
}

function readersOf({ access, hasDemoSignIn }: Serving): string {
  if (hasDemoSignIn) return 'whoever gives a name'
  if (access.kind === 'secret') return 'whoever has a token that is signed with the secret'
  if (access.kind === 'jwks') return `whoever has a token that is signed by the keys of ${access.url}`
  return `whoever is on this machine, scope ${OPEN_SCOPE} only: no secret is set (see --help)`
}
