/** Real servers for tests: the shared one of a name, or one of one's own. */
import { serversOfClone } from './clone.ts'
import type { RunningServer } from './definition.ts'
import type { OwnServer } from './own-server.ts'
import { type SupabaseProject, startProject } from './supabase/project.ts'
import { noteUse } from './usage.ts'

export type { Kind, RunningServer } from './definition.ts'
export type { OwnServer } from './own-server.ts'
export { ServerMissing } from './server-missing.ts'
export type { SupabaseProject } from './supabase/project.ts'

const servers = serversOfClone()

/**
 * The shared server of this name, such as `postgres`: the one whose URL is given (`SYNCLAYER_TEST_POSTGRES_URL`), else the one
 * that runs, else it is started. Rejects with {@link ServerMissing} (code `SERVER_MISSING`) where this machine has none: call it
 * at the top of a file of tests, which then counts as not run.
 */
export function server(name: string): Promise<RunningServer> {
  return noteUse(name, servers.server(name))
}

/** A server that nobody else uses, to be killed and started again. It ends by `end()`, or with this process. Rejects as above. */
export function ownServer(name: string): Promise<OwnServer> {
  return noteUse(name, servers.ownServer(name))
}

/**
 * PostgreSQL with a hot standby, whose URL is `details.standby`: one's own, as above. `kill`, `stop` and `start` are of both.
 */
export function ownPostgresWithStandby(): Promise<OwnServer> {
  return noteUse('postgres', servers.ownServer('postgres-standby'))
}

/** A Supabase project for a file of tests, which closes it. Rejects as above. */
export async function supabaseProject(): Promise<SupabaseProject> {
  return startProject(await server('supabase'))
}
