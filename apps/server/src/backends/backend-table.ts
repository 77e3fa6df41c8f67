/** The backends that have a name of their own. A new one is a row here. */

export interface BackendRow {
  /** The package of its adapter. */
  readonly adapter: string
  /** The driver that the adapter needs beside it. */
  readonly driver: string
  /** Where its data is: in a file (`--path`), or on a server (`--url`). */
  readonly place: 'path' | 'url'
  /** A place as one is written. */
  readonly example: string
}

const BACKENDS: Readonly<Record<string, BackendRow>> = {
  sqlite: row('@synclayer/adapter-sqlite', 'better-sqlite3', 'path', 'synclayer.db'),
  postgres: row('@synclayer/adapter-postgres', 'pg', 'url', 'postgres://user:password@host:5432/database'),
  mysql: row('@synclayer/adapter-mysql', 'mysql2', 'url', 'mysql://user:password@host:3306/database'),
  mariadb: row('@synclayer/adapter-mariadb', 'mysql2', 'url', 'mariadb://user:password@host:3306/database'),
}

export const backendNames: readonly string[] = Object.keys(BACKENDS)

/** Undefined for a name that is not in the table: that of a package or a file. */
export function backendRow(name: string): BackendRow | undefined {
  return Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined
}

function row(adapter: string, driver: string, place: BackendRow['place'], example: string): BackendRow {
  return { adapter, driver, place, example }
}
