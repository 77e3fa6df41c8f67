/** MariaDB, durable as it is delivered. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Recipe, Refused, type ServerDefinition } from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'
import { unprivilegedUser } from '../places.ts'
import { debianPackages } from '../ways/debian-packages.ts'
import { docker } from '../ways/docker.ts'
import { findProgram, versionOf } from '../ways/installed.ts'
import { ADMINISTRATOR, administratorSql, askMysql, commonFlags, mysqlUrl } from './mysql-family.ts'

export const mariadb: ServerDefinition = {
  name: 'mariadb',
  title: 'MariaDB',
  variable: 'SYNCLAYER_TEST_MARIADB_URL',
  ask: askMysql,
  ways: [
    docker('mariadb', ({ port, password }) => ({ url: mysqlUrl(port, 'root', password) })),
    {
      name: 'installed',
      kind: 'real',
      async prepare() {
        const program = findProgram(['mariadbd', 'mysqld'])
        if (program === null || !/mariadb/i.test(versionOf(program))) {
          throw new Refused('MariaDB is not installed (no mariadbd).')
        }
        return recipe(path.resolve(program, '../..'), { command: program, args: [] })
      },
    },
    {
      name: "Debian's packages",
      kind: 'real',
      async prepare(say) {
        const { folder, start } = await debianPackages('own', ['mariadb-server-core'], say)
        return recipe(path.join(folder, 'usr'), start('usr/sbin/mariadbd'))
      },
    },
  ],
}

/** @param base holds `share/mysql` or `share/mariadb` */
function recipe(base: string, program: Command): Recipe {
  const user = unprivilegedUser('mysql')
  const tables = systemTablesSql(base)
  return {
    user,
    plan(place) {
      const data = path.join(place.folder, 'data')
      const start = (...args: readonly string[]): Command => ({
        ...program,
        args: [...program.args, '--no-defaults', `--basedir=${base}`, `--datadir=${data}`, ...args],
        user,
      })
      return {
        url: mysqlUrl(place.port, ADMINISTRATOR, place.password),
        files: { 'data/first.sql': administratorSql(place.password) },
        setUp: [{ ...start('--bootstrap'), input: tables }],
        processes: [
          start(
            ...commonFlags(place.port),
            `--init-file=${path.join(data, 'first.sql')}`,
            `--socket=${path.join(place.folder, 'socket')}`,
            `--pid-file=${path.join(place.folder, 'pid')}`,
            // A server removes what others left in the shared folder when it starts, also what they still use.
            `--tmpdir=${data}`,
          ),
        ],
      }
    },
  }
}

/** What mariadb-install-db would run, which itself needs more programs than the server. */
function systemTablesSql(base: string): string {
  const first = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @skip_auth_anonymous = 1;',
    'SET @auth_root_socket = NULL;',
  ]
  const files = [
    'mysql_system_tables.sql',
    'mysql_performance_tables.sql',
    'mysql_system_tables_data.sql',
    'maria_add_gis_sp_bootstrap.sql',
    'mysql_sys_schema.sql',
  ]
  return [...first, ...files.map((name) => sqlFile(base, name))].join('\n')
}

/** The files had other names before MariaDB 11. */
function sqlFile(base: string, name: string): string {
  for (const folder of ['share/mariadb', 'share/mysql', 'share']) {
    for (const variant of [name, name.replace('mysql_', 'mariadb_')]) {
      try {
        return readFileSync(path.join(base, folder, variant), 'utf8')
      } catch {
        continue
      }
    }
  }
  throw new Refused(`MariaDB has no ${name} in ${base}.`)
}
