/** Real servers for tests: the shared one of a name, or one of one's own. */
import { STATE_FOLDER } from './places.ts'
import { registry } from './registry.ts'
import { createServers, type Servers } from './servers.ts'

export type { Kind, RunningServer } from './definition.ts'
export type { OwnServer } from './own-server.ts'
export { ServerMissing } from './server-missing.ts'

/** Long enough for the next test file to find it running. */
const LINGER_MS = 10_000

const servers = createServers({
  definitions: registry,
  folder: STATE_FOLDER,
  environment: process.env,
  lingerMs: LINGER_MS,
  say: (line) => process.stderr.write(`${line}\n`),
})

export const server: Servers['server'] = servers.server
export const ownServer: Servers['ownServer'] = servers.ownServer
