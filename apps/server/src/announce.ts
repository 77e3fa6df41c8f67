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
}

const OPEN_WARNING = `No secret is set: whoever is on this machine may read and write, scope ${OPEN_SCOPE} only. Nobody else is served.`

/** As an entry of the log. */
export function logServing({ adapter, place, url, host, access }: Serving, logger: Logger): void {
  if (access.kind === 'open') logger.log('warning', OPEN_WARNING)
  logger.log('info', 'Serving', { adapter, place, url, host, access: access.kind })
}

/** For whoever has just started it in a terminal. */
export function servingText({ version, adapter, place, url, host, access }: Serving): string {
  return `
SyncLayer server ${version}

  serves   ${adapter}, ${place}
  at       ${url} (it listens on ${host})
  to       ${readersOf(access)}

Ctrl-C stops it. --help shows what can be set.

`
}

function readersOf(access: Access): string {
  if (access.kind === 'secret') return 'whoever has a token that is signed with the secret'
  if (access.kind === 'jwks') return `whoever has a token that is signed by the keys of ${access.url}`
  return `whoever is on this machine, scope ${OPEN_SCOPE} only: no secret is set (see --help)`
}
