/** PostgREST, as Supabase runs it in front of a database. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

export interface Postgrest {
  readonly url: string
  /** Resolves when it has next read the schema, which `NOTIFY pgrst, 'reload schema'` asks it to. */
  nextSchema(): Promise<void>
  close(): Promise<void>
}

export interface PostgrestOptions {
  readonly program: string
  /** As the role `authenticator`. */
  readonly databaseUrl: string
  readonly jwtSecret: string
}

/** As a small project has them. */
const POOL = 15
const MAX_ROWS = 1_000
const STARTS_WITHIN_MS = 60_000
const ASKED_AGAIN_MS = 20
const STOPS_WITHIN_MS = 3_000

/** Resolves once it answers. */
export async function startPostgrest(options: PostgrestOptions): Promise<Postgrest> {
  const { program, databaseUrl, jwtSecret } = options
  const [port, adminPort] = [await freePort(), await freePort()]
  const child = spawn(program, [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PGRST_DB_URI: databaseUrl,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_EXTRA_SEARCH_PATH: 'public, extensions',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_MAX_ROWS: String(MAX_ROWS),
      PGRST_DB_POOL: String(POOL),
      PGRST_JWT_SECRET: jwtSecret,
      PGRST_OPENAPI_MODE: 'disabled',
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
    },
  })
  // Whatever becomes of this process, it is not left behind.
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void ended.then(() => process.off('exit', endWithUs))
  let said = ''
  const waiting = new Set<() => void>()
  const hear = (line: string): void => {
    said = `${said}${line}\n`.slice(-4_000)
    if (!line.includes('Schema cache loaded')) return
    for (const tell of waiting) tell()
    waiting.clear()
  }
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', hear)
  const close = (): Promise<void> => stop(child, ended)
  try {
    await untilReady(`http://127.0.0.1:${adminPort}/ready`, child)
  } catch (error) {
    await close()
    throw new Error(`PostgREST did not start: ${said}`, { cause: error })
  }
  return {
    url: `http://127.0.0.1:${port}`,
    nextSchema: () => new Promise((resolve) => waiting.add(resolve)),
    close,
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + STARTS_WITHIN_MS
  while (child.exitCode === null && performance.now() < deadline) {
    const isReady = await fetch(url).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (isReady) return
    await pause(ASKED_AGAIN_MS)
  }
  throw new Error(child.exitCode === null ? 'It does not answer' : `It ended with ${child.exitCode}`)
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS)
  await ended
  clearTimeout(late)
}
