/** A Supabase project for a file of tests. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { RunningServer } from '../definition.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { givenProject } from './given-project.ts'
import { passUpgrades } from './pass-upgrades.ts'
import { startPostgrest } from './postgrest.ts'
import { ROLES, SCHEMAS } from './project-sql.ts'
import { startRealtime } from './realtime/stand-in.ts'
import { type Claims, signToken } from './tokens.ts'

export interface SupabaseProject {
  /** What `createClient` takes, with a key: a gateway of the tests. */
  readonly url: string
  readonly anonKey: string
  readonly serviceRoleKey: string
  /** As the project's owner, who applies migrations; no superuser. */
  readonly databaseUrl: string
  /** Applies a migration, as the project's owner; resolves once the API knows of it. */
  migrate(sql: string): Promise<void>
  /** The token of a signed-in user: `sub` is who it is, `exp` in an hour unless it is given. */
  userToken(claims: Claims): string
  /** What goes wrong on the way to the API. */
  readonly setFault: Gateway['setFault']
  readonly realtime: {
    /** How many clients are connected. */
    connections(): number
    /** Cuts everyone off, as a restart of Realtime would. They may come again. */
    cutOff(): void
    /** Off: connections are refused, as where Realtime is disabled. */
    setOff(isOff: boolean): void
  }
  close(): Promise<void>
}

/** Where upgrades to WebSockets go. */
interface Realtime {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly connections: () => number
  readonly cutOff: () => void
}

/** What a gateway is put in front of. */
interface Services {
  readonly restUrl: string
  readonly realtime: Realtime
  readonly jwtSecret: string
  readonly databaseUrl: string
  readonly keys?: Pick<SupabaseProject, 'anonKey' | 'serviceRoleKey'>
  /** Resolves when the API has next read the schema. */
  readonly nextSchema: () => Promise<void>
}

type Closing = (() => Promise<unknown>)[]

const JWT_SECRET = 'a-secret-of-the-tests-that-protects-nothing'
const PASSWORD = 'synclayer'
const HOUR_S = 3_600
const YEAR_S = 365 * 24 * HOUR_S

/** Of its own where projects can be made, in a new database; else the one that is given, which one file uses at a time. */
export async function startProject({ url, details }: RunningServer): Promise<SupabaseProject> {
  const closing: Closing = []
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const { postgrest } = details
    const services = postgrest === undefined ? await given(url, closing) : await made(url, postgrest, closing)
    return { ...(await withGateway(services, closing)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function made(adminUrl: string, postgrest: string, closing: Closing): Promise<Services> {
  const database = `supabase_${randomBytes(6).toString('hex')}`
  await runAs(adminUrl, ROLES(PASSWORD), `CREATE DATABASE ${database}`)
  closing.push(() => runAs(adminUrl, `DROP DATABASE ${database} WITH (FORCE)`))
  const inside = urlOf(adminUrl, database)
  await runAs(inside, SCHEMAS(database))
  const databaseUrl = urlOf(adminUrl, database, 'authenticator')
  const rest = await startPostgrest({ program: postgrest, databaseUrl, jwtSecret: JWT_SECRET })
  closing.push(rest.close)
  const realtime = await startRealtime({ databaseUrl: inside, jwtSecret: JWT_SECRET })
  closing.push(realtime.close)
  return {
    restUrl: rest.url,
    realtime,
    jwtSecret: JWT_SECRET,
    databaseUrl: urlOf(adminUrl, database, 'supabase_owner'),
    nextSchema: rest.nextSchema,
  }
}

async function given(url: string, closing: Closing): Promise<Services> {
  const { jwtSecret, databaseUrl, anonKey, serviceRoleKey } = givenProject(url, process.env)
  const turn = new pg.Client({ connectionString: databaseUrl })
  await turn.connect()
  closing.push(() => turn.end())
  await turn.query(`SELECT pg_advisory_lock(hashtext('tests of synclayer'))`)
  return {
    restUrl: `${url}/rest/v1`,
    realtime: passUpgrades(url),
    jwtSecret,
    databaseUrl,
    keys: { anonKey, serviceRoleKey },
    // It does not say when.
    nextSchema: () => new Promise((resolve) => setTimeout(resolve, 2_000)),
  }
}

async function withGateway(services: Services, closing: Closing): Promise<Omit<SupabaseProject, 'close'>> {
  const { realtime, databaseUrl, jwtSecret, nextSchema } = services
  let isOff = false
  const gateway = await startGateway({
    ...services,
    upgrade: (request, socket, head) => {
      if (isOff) socket.destroy()
      else realtime.upgrade(request, socket, head)
    },
  })
  closing.push(gateway.close)
  const now = (): number => Math.floor(Date.now() / 1_000)
  const sign = (claims: Claims): string => signToken(claims, jwtSecret)
  const keyOf = (role: string): string => sign({ role, iss: 'supabase', iat: now(), exp: now() + YEAR_S })
  return {
    url: gateway.url,
    anonKey: keyOf('anon'),
    serviceRoleKey: keyOf('service_role'),
    ...services.keys,
    databaseUrl,
    async migrate(sql) {
      const known = nextSchema()
      await runAs(databaseUrl, sql, `NOTIFY pgrst, 'reload schema'`)
      await known
    },
    userToken: (claims) =>
      sign({ role: 'authenticated', aud: 'authenticated', iat: now(), exp: now() + HOUR_S, ...claims }),
    setFault: gateway.setFault,
    realtime: {
      connections: realtime.connections,
      cutOff: realtime.cutOff,
      setOff(off) {
        isOff = off
        if (off) realtime.cutOff()
      },
    },
  }
}

async function runAs(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(adminUrl: string, database: string, role?: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${database}`
  if (role !== undefined) [url.username, url.password] = [role, PASSWORD]
  return url.href
}
