/** The servers of this clone. */
import { STATE_FOLDER } from './places.ts'
import { registry, unshared } from './registry.ts'
import { createServers, type Servers } from './servers.ts'

/** Long enough for the next file of tests to find it running. */
const LINGER_MS = 10_000

export function serversOfClone(): Servers {
  return createServers({
    definitions: registry,
    unshared,
    folder: STATE_FOLDER,
    environment: process.env,
    lingerMs: LINGER_MS,
    say: (line) => process.stderr.write(`${line}\n`),
  })
}
