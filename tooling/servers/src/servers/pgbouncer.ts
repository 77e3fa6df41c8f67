/** PgBouncer in front of PostgreSQL, pooling by transaction: what a session holds is gone with the transaction. */
import pg from 'pg'
import {
  type Facts,
  type Place,
  type Plan,
  type Recipe,
  Refused,
  type ServerDefinition,
} from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'
import { unprivilegedUser } from '../places.ts'
import { debianPackages } from '../ways/debian-packages.ts'
import { docker } from '../ways/docker.ts'
import { findProgram } from '../ways/installed.ts'
import { postgresUrl } from './postgres.ts'

/** `details.direct` is the URL of the PostgreSQL behind it, with the same databases. */
export const pgbouncer: ServerDefinition = {
  name: 'pgbouncer',
  title: 'PgBouncer',
  variable: 'SYNCLAYER_TEST_PGBOUNCER_URL',
  ask: askPgbouncer,
  ways: [
    docker('pgbouncer', ({ port, otherPort, password }) => ({
      url: postgresUrl(otherPort, password),
      details: { direct: postgresUrl(port, password) },
    })),
    {
      name: 'installed',
      kind: 'real',
      needs: ['postgres'],
      async prepare() {
        const program = findProgram(['pgbouncer'])
        if (program === null) throw new Refused('PgBouncer is not installed (no pgbouncer).')
        return recipe({ command: program, args: [] })
      },
    },
    {
      name: "Debian's packages",
      kind: 'real',
      needs: ['postgres'],
      async prepare(say) {
        const { start } = await debianPackages('own', ['pgbouncer'], say)
        return recipe(start('usr/sbin/pgbouncer'))
      },
    },
  ],
}

function recipe(program: Command): Recipe {
  const user = unprivilegedUser('postgres')
  return {
    user,
    plan: (place) => planFor(place, { ...program, args: [...program.args, 'pgbouncer.ini'], user }),
  }
}

function planFor(place: Place, program: Command): Plan {
  const direct = new URL(place.needs['postgres']?.url ?? '')
  const through = new URL(direct)
  through.host = `127.0.0.1:${place.port}`
  const password = decodeURIComponent(direct.password)
  return {
    url: through.href,
    details: { direct: direct.href },
    files: {
      'users.txt': `"${direct.username}" "${password}"\n`,
      'pgbouncer.ini': settings(place, direct),
    },
    processes: [program],
  }
}

function settings({ port }: Place, direct: URL): string {
  return [
    '[databases]',
    `* = host=${direct.hostname} port=${direct.port || '5432'}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    'auth_file = users.txt',
    // Users that a test has made.
    `auth_user = ${direct.username}`,
    `admin_users = ${direct.username}`,
    'pool_mode = transaction',
    'max_client_conn = 400',
    'default_pool_size = 20',
    'ignore_startup_parameters = extra_float_digits',
    '',
  ].join('\n')
}

/** Its console tells its version. Where it lets nobody in there, that it passes a query on has to do. */
async function askPgbouncer(url: string): Promise<Facts> {
  const product = 'PgBouncer'
  const through = await query(url, 'select 1')
  if (through.length !== 1) throw new Error('PgBouncer passes nothing on.')
  const console = new URL(url)
  console.pathname = '/pgbouncer'
  try {
    const [row] = await query(console.href, 'show version')
    return { product, version: row?.version?.replace('PgBouncer ', '') ?? 'unknown' }
  } catch {
    return { product, version: 'unknown' }
  }
}

async function query(url: string, sql: string): Promise<readonly { readonly version?: string }[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ version?: string }>(sql)
    return rows
  } finally {
    await client.end()
  }
}
