/** What differs between MySQL and MariaDB. Everything else of the two adapters is the same code. */
export interface Dialect {
  /** The adapter's name. */
  readonly name: 'mysql' | 'mariadb'
  /** The product's name in messages. */
  readonly product: 'MySQL' | 'MariaDB'
  /** The factory's name in messages. */
  readonly factory: string
  /** The oldest version that has what the adapter needs. */
  readonly leastVersion: readonly [major: number, minor: number, patch: number]
  /** Of utf8mb4: by code point, case and accents told apart, trailing spaces too. */
  readonly collation: string
  /** An expression for what tells one server from another. */
  readonly serverIdentity: string
  /** The table with the status variable `Uptime`. */
  readonly statusTable: string
  /** The end of an `INSERT … VALUES …` that overwrites these columns where the row is there. */
  overwrite(columns: readonly string[]): string
}
