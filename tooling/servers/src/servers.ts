/**
 * The servers of one clone: those that are shared, which whoever comes first starts, and those of one's own.
 *
 *   .servers/postgres.json       says where the shared one is; removed before it is ended
 *   .servers/postgres.lock.db    held while it is looked for, started, given out or ended
 *   .servers/postgres-3f2a…-1/   its keeper's notes: specification, processes, owners, log
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { RunningServer, ServerDefinition } from './definition.ts'
import { clearUp, endKeeper } from './keeper/end-keeper.ts'
import { alone } from './keeper/lock.mjs'
import { addOwner, hasOwner, removeOwner } from './keeper/owners.mjs'
import { identify } from './keeper/processes.mjs'
import { type OwnServer, ownServerOf } from './own-server.ts'
import { type Pointer, pointerFile, readPointer, writePointer } from './pointer.ts'
import { startServer } from './start.ts'

export interface ServersOptions {
  readonly definitions: readonly ServerDefinition[]
  /** More, of which each is only ever one's own. */
  readonly unshared?: readonly ServerDefinition[]
  /** The folder of what runs. */
  readonly folder: string
  /** Gives the URLs of servers that run already. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How long a shared server goes on when nobody uses it any more. */
  readonly lingerMs: number
  readonly say: (line: string) => void
}

export interface Servers {
  /** All that can be shared. */
  readonly definitions: readonly ServerDefinition[]
  /**
   * The shared server of this name: the one whose URL is given, else the one that runs, else it is started, by whoever
   * comes first. It goes on as long as its owner does, and a few seconds longer; `kept` is until it is told to end. Rejects
   * with `ServerMissing` (code `SERVER_MISSING`) where this machine has none.
   */
  readonly server: (name: string, owner?: number | 'kept') => Promise<RunningServer>
  /** A server that nobody else uses, to be killed and started again. It ends with this process, or by `end()`. */
  readonly ownServer: (name: string) => Promise<OwnServer>
  /** The shared one where it runs, else null. */
  readonly running: (name: string) => RunningServer | null
  /** Ends the shared one where no other process uses it. */
  readonly release: (name: string) => Promise<void>
  /** Ends the shared one, whoever uses it; false where it does not run. */
  readonly down: (name: string) => Promise<boolean>
  /** Ends what was left behind where a keeper was killed. */
  readonly clearUp: () => void
}

export function createServers(options: ServersOptions): Servers {
  const { folder, say } = options

  async function server(name: string, owner: number | 'kept' = process.pid): Promise<RunningServer> {
    const definition = find(options.definitions, name)
    const given = await givenServer(definition, options.environment)
    if (given !== null) return given
    return locked(name, async () => {
      const pointer = (await usable(name)) ?? (await startShared(definition))
      addOwner(pointer.state, owner)
      return pointer.server
    })
  }

  /** Where it runs, and runs on servers that are still there. */
  async function usable(name: string): Promise<Pointer | null> {
    const pointer = readPointer(folder, name)
    if (pointer === null) return null
    const isCurrent = Object.entries(pointer.needs).every(([need, url]) => {
      return (
        (options.environment[find(options.definitions, need).variable] ??
          readPointer(folder, need)?.server.url) === url
      )
    })
    if (isCurrent) return pointer
    await endKeeper(pointer.state, pointer.keeper)
    return null
  }

  async function startShared(definition: ServerDefinition): Promise<Pointer> {
    clearUp(folder)
    const { name } = definition
    const shared = { lock: lockFile(name), pointer: pointerFile(folder, name), lingerMs: options.lingerMs }
    const started = await startServer(definition, { state: newState(name), shared, say, need: server })
    const keeper = identify(started.keeper.pid)
    if (keeper === null) throw new Error(`The keeper of ${definition.title} has ended.`)
    for (const need of started.needs) {
      const state = readPointer(folder, need.name)?.state
      if (state !== undefined) addOwner(state, keeper.pid)
    }
    const needs = Object.fromEntries(started.needs.map((need) => [need.name, need.url]))
    const pointer = { server: started.server, keeper, state: started.keeper.state, needs }
    writePointer(folder, pointer)
    started.keeper.letGo()
    return pointer
  }

  function locked<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return alone(lockFile(name), work)
  }

  function lockFile(name: string): string {
    return path.join(folder, `${name}.lock.db`)
  }

  function newState(name: string): string {
    return path.join(folder, `${name}-${randomBytes(4).toString('hex')}`)
  }

  return {
    definitions: options.definitions,
    server,
    async ownServer(name) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const definition = find([...options.definitions, ...(options.unshared ?? [])], name)
      const state = newState(`own-${name}`)
      return ownServerOf(await startServer(definition, { state, shared: null, say, need: server }))
    },
    running: (name) => readPointer(folder, name)?.server ?? null,
    release: (name) =>
      locked(name, async () => {
        const pointer = readPointer(folder, name)
        if (pointer === null) return
        removeOwner(pointer.state, process.pid)
        if (!hasOwner(pointer.state)) await endKeeper(pointer.state, pointer.keeper)
      }),
    down: (name) =>
      locked(name, async () => {
        const pointer = readPointer(folder, name)
        if (pointer !== null) await endKeeper(pointer.state, pointer.keeper)
        return pointer !== null
      }),
    clearUp: () => clearUp(folder),
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
    // Not missing: somebody has promised it.
    throw new Error(`What ${variable} names does not answer: ${String(error)}`, { cause: error })
  }
}
