/** better-sqlite3 used by hand, with the settings of the store it is compared with: what an app would do without us. */
import { join } from 'node:path'
import Database from 'better-sqlite3'

export interface PlainDatabase {
  readonly database: Database.Database
  readonly insert: Database.Statement<[string, string]>
  readonly get: Database.Statement<[string], string>
}

export function plainDatabase(folder: string, name: string, synchronous: 'NORMAL' | 'FULL'): PlainDatabase {
  const database = new Database(join(folder, `${name}.db`))
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${synchronous}`)
  database.exec('CREATE TABLE todos (id TEXT PRIMARY KEY, document TEXT NOT NULL)')
  return {
    database,
    insert: database.prepare('INSERT INTO todos VALUES (?, ?)'),
    get: database.prepare<[string], string>('SELECT document FROM todos WHERE id = ?').pluck(),
  }
}
