/** A project with the migration applied, for one file of tests. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { type SupabaseProject, supabaseProject } from '@synclayer/servers'
import pg from 'pg'
import WebSocket from 'ws'
import { migrationSql } from '../migration/migration.ts'

export interface OpenProject extends SupabaseProject {
  /** A connection of the project's owner. */
  readonly owner: pg.Client
  /** A client of the official package, signed in as who the claims say; null: nobody is. It ends with the project. */
  client(claims: Readonly<Record<string, unknown>> | null): SupabaseClient
  /** A client that asks for its token each time. */
  clientWithToken(token: () => Promise<string | null>): SupabaseClient
  /** Forgets everything, as if the migration had just been applied. */
  clear(): Promise<void>
  /** Saves what there is; what it answers puts that back, as an operator would. */
  backup(): Promise<() => Promise<void>>
}

const TABLES = ['meta', 'feed', 'mark', 'record', 'result', 'inbox']

/** `setup` is SQL that the project's owner adds, such as who may use a scope. */
export async function openProject(setup = ''): Promise<OpenProject> {
  const project = await supabaseProject()
  const owner = new pg.Client({ connectionString: project.databaseUrl })
  const clients: SupabaseClient[] = []
  let backups = 0
  const all = TABLES.map((table) => `synclayer.${table}`).join(', ')
  const clientWithToken = (token: () => Promise<string | null>): SupabaseClient => {
    const client = createClient(project.url, project.anonKey, {
      accessToken: token,
      realtime: { transport: WebSocket as never },
    })
    clients.push(client)
    return client
  }
  try {
    await project.migrate(`DROP SCHEMA IF EXISTS synclayer CASCADE; ${migrationSql()}`)
    await project.migrate(setup)
    await owner.connect()
  } catch (error) {
    await project.close()
    throw error
  }
  return {
    ...project,
    owner,
    clientWithToken,
    client(claims) {
      const token = claims === null ? null : project.userToken(claims)
      return clientWithToken(async () => token)
    },
    async clear() {
      const emptied = [...TABLES.map((table) => `synclayer.${table}`), 'realtime.messages']
      const statements = emptied.map((table) => `DELETE FROM ${table}`)
      await owner.query([...statements, 'SELECT synclayer.make_seal_key()'].join('; '))
    },
    async backup() {
      const copy = `backup_${++backups}`
      await owner.query(`DROP SCHEMA IF EXISTS ${copy} CASCADE; CREATE SCHEMA ${copy}`)
      for (const table of TABLES)
        await owner.query(`CREATE TABLE ${copy}.${table} AS TABLE synclayer.${table}`)
      return async () => {
        const fill = TABLES.map(
          (table) => `INSERT INTO synclayer.${table} OVERRIDING SYSTEM VALUE SELECT * FROM ${copy}.${table}`,
        )
        await owner.query(['BEGIN', `TRUNCATE ${all}`, ...fill, 'COMMIT'].join('; '))
      }
    },
    async close() {
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      await owner.end()
      await project.close()
    },
  }
}
