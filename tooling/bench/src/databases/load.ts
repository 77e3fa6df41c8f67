/** What is measured on a database: writing documents and reading them, by an adapter or by the plain driver. */
import type { Todo } from '../documents.ts'

export interface DatabaseLoad {
  /** Writes them in one go, as one of several who write at once. Resolves once they are as safe as the database makes them. */
  write(client: number, todos: readonly Todo[]): Promise<void>
  /** Reads all that was written by one client, page by page, as objects. */
  pages(pageSize: number): AsyncIterable<readonly unknown[]>
  close(): Promise<void>
}

/** The adapter and the plain driver, on one database. */
export interface OpenLoads {
  /** What the database is, such as `PostgreSQL 15.14`. */
  readonly product: string
  readonly ours: DatabaseLoad
  readonly plain: DatabaseLoad
  /** Removes the database. */
  remove(): Promise<void>
}
