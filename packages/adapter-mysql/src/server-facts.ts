import { SyncError } from '@synclayer/core/adapter'
import type { Dialect } from './dialect.ts'
import { invalidOption } from './invalid-option.ts'
import type { Session } from './session.ts'

/** What is true of a server for as long as a connection to it lasts. */
export interface ServerFacts {
  readonly version: string
  /** The largest statement it takes, in bytes. */
  readonly maxPacketBytes: number
  /** Tells this run of this server from any other. */
  readonly run: string
}

/**
 * Asks the server what it is. Throws NOT_SUPPORTED for another product or one that is too old, INVALID_OPTION where the
 * pool's connections have no database, or a charset that cannot hold every text.
 */
export async function readServerFacts(dialect: Dialect, session: Session): Promise<ServerFacts> {
  const [row] = await session.rows(
    `SELECT VERSION(), DATABASE(), @@max_allowed_packet, @@character_set_client, @@character_set_results,
       ${dialect.serverIdentity},
       (SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE FROM ${dialect.statusTable} WHERE VARIABLE_NAME = 'Uptime')`,
  )
  const [version, database, maxPacketBytes, sends, receives, identity, startedAt] = row ?? []
  checkVersion(dialect, String(version))
  if (database === null) throw invalidOption(dialect)('pool', 'its connections have no database')
  if (sends !== 'utf8mb4' || receives !== 'utf8mb4')
    throw invalidOption(dialect)('pool', `its charset is ${sends}; utf8mb4 is needed, which holds every text`)
  return {
    version: String(version),
    maxPacketBytes: Number(maxPacketBytes),
    // Both times are of the statement's beginning, by one clock, so the difference is the same whenever one asks.
    run: `${identity} ${Math.round(Number(startedAt ?? 0))}`,
  }
}

function checkVersion({ name, product, leastVersion }: Dialect, version: string): void {
  const actual = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL'
  const details = { version }
  if (actual !== product) {
    const other = name === 'mysql' ? 'mariadbAdapter' : 'mysqlAdapter'
    throw new SyncError('NOT_SUPPORTED', `The server is ${actual} ${version}: use \`${other}\``, { details })
  }
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  const at = leastVersion.findIndex((part, index) => part !== parts[index])
  if (at < 0 || leastVersion[at]! < (parts[at] ?? 0)) return
  const least = leastVersion.join('.')
  throw new SyncError('NOT_SUPPORTED', `The server is ${product} ${version}; ${least} or newer is needed`, {
    details: { ...details, least },
  })
}
