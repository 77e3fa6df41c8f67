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
  readonly connectTimeoutMs?: number
  readonly lockWaitMs?: number
  readonly statementTimeoutMs?: number
  readonly pollIntervalMs?: number
  readonly maxRecordBytes?: number
  readonly migrate?: boolean
}
