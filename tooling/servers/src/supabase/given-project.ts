/**
 * A project that runs already, such as that of `npx supabase start`, by variables named as `npx supabase status -o env` names
 * them, with SYNCLAYER_TEST_SUPABASE_ before: URL (its API_URL), ANON_KEY, SERVICE_ROLE_KEY, JWT_SECRET, DB_URL.
 */
import type { Facts } from '../definition.ts'

export interface GivenProject {
  readonly url: string
  readonly anonKey: string
  readonly serviceRoleKey: string
  readonly jwtSecret: string
  readonly databaseUrl: string
}

/** Throws naming the variable that is missing. */
export function givenProject(url: string, environment: NodeJS.ProcessEnv): GivenProject {
  const value = (name: string): string => {
    const variable = `SYNCLAYER_TEST_SUPABASE_${name}`
    const given = environment[variable]
    if (given === undefined || given === '') throw new Error(`${variable} is not set`)
    return given
  }
  return {
    url,
    anonKey: value('ANON_KEY'),
    serviceRoleKey: value('SERVICE_ROLE_KEY'),
    jwtSecret: value('JWT_SECRET'),
    databaseUrl: value('DB_URL'),
  }
}

/** Asks it what it is; rejects where it does not answer. */
export async function askProject(url: string): Promise<Facts> {
  const { anonKey } = givenProject(url, process.env)
  const { headers } = await fetch(`${url}/rest/v1/`, { headers: { apikey: anonKey } })
  const version = headers.get('server')?.replace(/^postgrest\//, '') ?? 'unknown'
  return { product: 'Supabase with PostgREST', version }
}
