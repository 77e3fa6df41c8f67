import type { TablesOption } from '@synclayer/adapter-kit'
import type { BackendAdapter } from '@synclayer/core/adapter'
import type { OwnServer } from '@synclayer/servers'
import type { Pool } from 'mysql2/promise'

/** One of the two adapters, as the suites need it: both run the same ones, each on its own server. */
export interface Family {
  readonly product: 'MySQL' | 'MariaDB'
  /** The server's administrator. */
  readonly url: string
  readonly adapter: (options: FamilyOptions) => BackendAdapter
  readonly schemaSql: (options: { database: string; user: string }) => string
  /** A server of the test's own. */
  readonly ownServer: () => Promise<OwnServer>
}

/** The options of the adapters that the suites use. */
export interface FamilyOptions {
  readonly url?: string
  readonly pool?: Pool
  readonly maxConnections?: number
  readonly connectTimeout?: number
  readonly lockTimeout?: number
  readonly statementTimeout?: number
  readonly pollInterval?: number
  readonly maxRecordBytes?: number
  readonly migrate?: boolean
  readonly tables?: TablesOption
  readonly indexes?: Readonly<Record<string, readonly (string | readonly string[])[]>>
  readonly views?: Readonly<
    Record<string, Readonly<Record<string, 'text' | 'boolean' | 'integer' | 'double' | 'json'>>>
  >
}
