/**
 * PostgreSQL with a hot standby, which follows by streaming, asynchronously: what the primary has acknowledged may not have
 * come there yet.
 */
import path from 'node:path'
import type { Place, Plan, Recipe, ServerDefinition } from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'
import { postgres, postgresUrl } from './postgres.ts'

/** `details.standby` is the standby's URL. Its `primary_conninfo` may be altered, and it may be promoted. */
export const postgresStandby: ServerDefinition = {
  ...postgres,
  name: 'postgres-standby',
  title: 'PostgreSQL with a standby',
  variable: 'SYNCLAYER_TEST_POSTGRES_STANDBY_URL',
  // A container is a single server.
  ways: postgres.ways
    .filter(({ name }) => name !== 'Docker')
    .map((way) => ({
      ...way,
      prepare: async (say) => withStandby(await way.prepare(say)),
    })),
}

function withStandby({ user, plan }: Recipe): Recipe {
  return { user, plan: (place) => planWithStandby(place, plan(place)) }
}

function planWithStandby(place: Place, primary: Plan): Plan {
  const { folder, port, otherPort, password } = place
  const [server] = primary.processes as readonly [Command]
  const copy = (...args: readonly string[]): Command => ({ ...server, command: 'cp', args })
  const follows = `host=127.0.0.1 port=${port} user=synclayer password=${password}`
  return {
    ...primary,
    details: { standby: postgresUrl(otherPort, password) },
    files: { ...primary.files, 'standby.signal': '', 'standby.conf': `primary_conninfo = '${follows}'\n` },
    setUp: [
      ...(primary.setUp ?? []),
      // Of a server that does not run: as good as a backup.
      copy('-R', '-p', 'data', 'standby'),
      copy('standby.signal', 'standby'),
      copy('standby.conf', path.join('standby', 'postgresql.auto.conf')),
    ],
    processes: [server, standbyOf(server, path.join(folder, 'standby'), otherPort)],
  }
}

/** As the primary, with a folder and a port of its own. */
function standbyOf(server: Command, data: string, port: number): Command {
  const [flag, , ...settings] = server.args
  return { ...server, args: [flag!, data, ...settings, '-c', `port=${port}`] }
}
