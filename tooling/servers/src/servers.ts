/**
 * The servers of one clone: those that are shared, which whoever comes first starts, and those of one's own.
 *
 *   .servers/postgres.json       says where the shared one is; removed before it is ended
 *   .servers/postgres.lock.db    held while it is looked for, started, given out or ended
 *   .servers/postgres-3f2a…-1/   its keeper's notes: specification, process ids, owners, log
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type RunningServer, type ServerDefinition } from './definition.ts'
import { alone } from './keeper/lock.mjs'
import { addOwner } from './keeper/owners.mjs'
import { type Identity, identify, isAlive } from './keeper/processes.mjs'
import { type OwnServer, ownServerOf } from './own-server.ts'
import { ServerMissing } from './server-missing.ts'
import { startServer } from './start.ts'

export interface ServersOptions {
  readonly definitions: readonly ServerDefinition[]
  /** The folder of what runs. */
  readonly folder: string
  /** Gives the URLs of servers that run already. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How long a shared server goes on when nobody uses it any more. */
  readonly lingerMs: number
  readonly say: (line: string) => void
}

export interface ServerOptions {
  /** Keeps it until it is told to end, also when this process has ended. */
  readonly isKept?: boolean
}

export interface Servers {
  /**
   * The shared server of this name: the one whose URL is given, else the one that runs, else it is started, by whoever
   * comes first. It goes on as long as a process that asked for it does, and a few seconds longer. Rejects with
   * `ServerMissing` (code `SERVER_MISSING`) where this machine has none.
   */
  readonly server: (name: string, options?: ServerOptions) => Promise<RunningServer>
  /** A server that nobody else uses, to be killed and started again. It ends with this process, or by `end()`. */
  readonly ownServer: (name: string) => Promise<OwnServer>
  /** The shared one where it runs, else null. */
  readonly running: (name: string) => RunningServer | null
}

/** What a pointer file says. */
interface Pointer {
  readonly server: RunningServer
  readonly keeper: Identity
  readonly state: string
}

export function createServers(options: ServersOptions): Servers {
  const { folder, say } = options

  async function server(name: string, { isKept = false }: ServerOptions = {}): Promise<RunningServer> {
    const definition = find(options.definitions, name)
    const given = await givenServer(definition, options.environment)
    if (given !== null) return given
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = path.join(folder, `${name}.lock.db`)
    return alone(lock, async () => {
      const pointer = readPointer(folder, name) ?? (await startShared(definition, lock))
      addOwner(pointer.state, isKept ? 'kept' : process.pid)
      return pointer.server
    })
  }

  async function startShared(definition: ServerDefinition, lock: string): Promise<Pointer> {
    const file = pointerFile(folder, definition.name)
    const { server: started, keeper } = await startServer(definition, {
      state: newState(folder, definition.name),
      shared: { lock, pointer: file, lingerMs: options.lingerMs },
      say,
      need: server,
    })
    const identity = identify(keeper.pid)
    if (identity === null) throw new Error(`The keeper of ${definition.title} has ended.`)
    const pointer: Pointer = { server: started, keeper: identity, state: keeper.state }
    writeFileSync(file, JSON.stringify(pointer), { mode: 0o600 })
    keeper.letGo()
    return pointer
  }

  return {
    server,
    async ownServer(name) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const definition = find(options.definitions, name)
      const state = newState(folder, `own-${name}`)
      return ownServerOf(await startServer(definition, { state, shared: null, say, need: server }))
    },
    running: (name) => readPointer(folder, name)?.server ?? null,
  }
}

function find(definitions: readonly ServerDefinition[], name: string): ServerDefinition {
  const definition = definitions.find((candidate) => candidate.name === name)
  if (definition !== undefined) return definition
  const known = definitions.map((candidate) => candidate.name).join(', ')
  throw new Error(`There is no server "${name}". Known are: ${known}.`)
}

/** The one whose URL the environment gives. */
async function givenServer(
  { name, variable, ask }: ServerDefinition,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningServer | null> {
  const url = environment[variable]
  if (url === undefined || url === '') return null
  try {
    return { name, url, ...(await ask(url, {})), kind: 'real', way: variable, details: {} }
  } catch (error) {
    throw new ServerMissing(name, `what ${variable} names does not answer: ${String(error)}`)
  }
}

/** Where the shared one is, or null where it does not run. */
function readPointer(folder: string, name: string): Pointer | null {
  try {
    const pointer = JSON.parse(readFileSync(pointerFile(folder, name), 'utf8')) as Pointer
    return isAlive(pointer.keeper) ? pointer : null
  } catch {
    return null
  }
}

function pointerFile(folder: string, name: string): string {
  return path.join(folder, `${name}.json`)
}

function newState(folder: string, name: string): string {
  return path.join(folder, `${name}-${randomBytes(4).toString('hex')}`)
}
