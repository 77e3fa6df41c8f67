/** Every database whose adapter is tested in real processes and measured. A new one is a row here. */
import type { DatabaseKind } from './database.ts'
import { mariadb, mysql } from './mysql-family.ts'
import { postgres } from './postgres.ts'
import { sqlite } from './sqlite.ts'

export const databaseKinds: readonly DatabaseKind[] = [sqlite, postgres, mysql, mariadb]

/** Throws where there is none of that name. */
export function databaseKind(adapter: string): DatabaseKind {
  const found = databaseKinds.find((kind) => kind.adapter === adapter)
  if (found !== undefined) return found
  const names = databaseKinds.map((kind) => kind.adapter).join(', ')
  throw new Error(`No database is tested with the adapter "${adapter}". There are: ${names}.`)
}
