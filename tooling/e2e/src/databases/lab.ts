/** The reference server, as built, in front of a database under test. */
import { type DatabaseHost, databaseKind, type TestDatabase } from '@synclayer/databases'
import type { Ending } from '../child.ts'
import { createPlace, type Outcome, type Place, type RunningServer } from '../server-app/server-program.ts'

export interface DatabaseLab {
  readonly adapter: string
  readonly host: DatabaseHost
  /** A new database, removed with the lab. */
  database(): Promise<TestDatabase>
  /** Starts a server over the database; resolves once it serves. */
  serve(database: TestDatabase, port?: number): Promise<LabServer>
  /** Runs a server that cannot begin to its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome>
  /** Ends and removes all there is. */
  remove(): Promise<void>
}

export interface LabServer extends RunningServer {
  /** Ends it with SIGKILL. */
  kill(): Promise<Ending>
}

/** One client may ask as often as a test can. */
const UNLIMITED = ['--max-rate', '1000000', '--max-burst', '1000000']

/** Where this machine has no such server, it rejects. */
export async function openDatabaseLab(adapter: string): Promise<DatabaseLab> {
  const host = await databaseKind(adapter).open('own')
  const place: Place = createPlace()
  const databases: TestDatabase[] = []
  return {
    adapter,
    host,
    async database() {
      const database = await host.create()
      databases.push(database)
      return database
    },
    async serve(database, port = 0) {
      const { args, env } = placeOf(database)
      const server = await place.serve([...args, ...UNLIMITED, '--port', String(port)], env)
      return { ...server, entry: server.entry, kill: () => server.stop('SIGKILL') }
    },
    run: (args, env) => place.run([...args, '--port', '0'], env),
    async remove() {
      await place.remove()
      for (const database of databases) await database.remove()
      await host.end()
    },
  }
}

/** Throws for a database that is a file. */
export function urlOf({ adapter, place }: TestDatabase): string {
  if ('url' in place) return place.url
  throw new Error(`A database of ${adapter} has no address.`)
}

/** How the reference server is told of it. */
function placeOf({ adapter, place }: TestDatabase): {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
} {
  const args = ['--adapter', adapter]
  if ('path' in place) return { args: [...args, '--path', place.path], env: {} }
  return { args, env: { SYNCLAYER_URL: place.url } }
}
