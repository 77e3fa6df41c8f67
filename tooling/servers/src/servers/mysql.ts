/** MySQL, durable and with its binary log, as it is delivered. */
import path from 'node:path'
import { type Place, type Recipe, Refused, type ServerDefinition } from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'
import { unprivilegedUser } from '../places.ts'
import { debianPackages } from '../ways/debian-packages.ts'
import { docker } from '../ways/docker.ts'
import { findProgram, versionOf } from '../ways/installed.ts'
import { ADMINISTRATOR, administratorSql, askMysql, commonFlags, mysqlUrl } from './mysql-family.ts'

export const mysql: ServerDefinition = {
  name: 'mysql',
  title: 'MySQL',
  variable: 'SYNCLAYER_TEST_MYSQL_URL',
  ask: askMysql,
  ways: [
    docker('mysql', ({ port, password }) => ({ url: mysqlUrl(port, 'root', password) })),
    {
      name: 'installed',
      kind: 'real',
      async prepare() {
        const mysqld = findProgram(['mysqld'])
        // MariaDB brings a program of that name too.
        if (mysqld === null || /mariadb/i.test(versionOf(mysqld)))
          throw new Refused('MySQL is not installed (no mysqld).')
        return recipe((args) => ({ command: mysqld, args }))
      },
    },
    {
      name: "Debian's packages",
      kind: 'real',
      async prepare(say) {
        const { folder, start } = await debianPackages('sid', ['mysql-server-core'], say)
        const places = [
          `--lc-messages-dir=${path.join(folder, 'usr/share/mysql')}`,
          `--character-sets-dir=${path.join(folder, 'usr/share/mysql/charsets')}`,
          `--plugin-dir=${path.join(folder, 'usr/lib/mysql/plugin')}`,
        ]
        const { command, args: first, env } = start('usr/sbin/mysqld')
        return recipe(([defaults = '', ...rest]) => ({
          command,
          args: [...first, defaults, ...places, ...rest],
          env,
        }))
      },
    },
  ],
}

function recipe(start: (args: readonly string[]) => Command): Recipe {
  const user = unprivilegedUser('mysql')
  return {
    user,
    plan(place: Place) {
      const data = `--datadir=${path.join(place.folder, 'data')}`
      return {
        url: mysqlUrl(place.port, ADMINISTRATOR, place.password),
        files: { 'first.sql': administratorSql(place.password) },
        setUp: [{ ...start(['--no-defaults', '--initialize-insecure', data]), user }],
        processes: [
          {
            ...start([
              '--no-defaults',
              data,
              ...commonFlags(place.port),
              `--init-file=${path.join(place.folder, 'first.sql')}`,
              `--socket=${path.join(place.folder, 'socket')}`,
              `--pid-file=${path.join(place.folder, 'pid')}`,
              '--secure-file-priv=NULL',
              '--mysqlx=OFF',
            ]),
            user,
          },
        ],
      }
    },
  }
}
