/** Starts a server by the first way that leads there, and waits until it answers. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Facts,
  type Plan,
  type Recipe,
  Refused,
  type RunningServer,
  type ServerDefinition,
  type Way,
} from './definition.ts'
import { freePort } from './free-port.ts'
import { addOwner } from './keeper/owners.mjs'
import { type Keeper, startKeeper } from './keeper/keeper-client.ts'
import type { SharedSpec } from './keeper/keeper-spec.ts'
import { newDataFolder, writeDataFile } from './places.ts'
import { ServerMissing } from './server-missing.ts'

/** A server that has just been started. */
export interface Started {
  readonly server: RunningServer
  readonly keeper: Keeper
  /** Those it was started on. */
  readonly needs: readonly RunningServer[]
  /** Waits until it answers, after another start. */
  readonly untilReady: () => Promise<void>
}

export interface StartOptions {
  /** The folder for the keeper's notes; a number is added to it. */
  readonly state: string
  /** Null for a server of one's own. */
  readonly shared: SharedSpec | null
  readonly say: (line: string) => void
  /** Gives the servers that a way needs. */
  readonly need: (name: string) => Promise<RunningServer>
}

const READY_MS = 60_000
const ASKED_AGAIN_MS = 50
const STARTS = 3

/** Rejects with {@link ServerMissing} where all ways are refused. What starts and then fails is an error of its own. */
export async function startServer(definition: ServerDefinition, options: StartOptions): Promise<Started> {
  const refusals: string[] = []
  for (const way of definition.ways) {
    try {
      const recipe = await way.prepare(options.say)
      return await startByWay(definition, way, recipe, options)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refusals.push(`${way.name}: ${error.message}`)
    }
  }
  throw new ServerMissing(definition.name, [`no ${definition.variable}`, ...refusals].join('; '))
}

async function startByWay(
  definition: ServerDefinition,
  way: Way,
  recipe: Recipe,
  options: StartOptions,
): Promise<Started> {
  const needs: Record<string, RunningServer> = {}
  for (const name of way.needs ?? []) needs[name] = await options.need(name)
  for (let attempt = 1; ; attempt += 1) {
    const folder = newDataFolder(definition.name, recipe.user)
    const plan = recipe.plan({
      folder,
      port: await freePort(),
      otherPort: await freePort(),
      password: randomBytes(12).toString('hex'),
      needs,
    })
    for (const [name, text] of Object.entries(plan.files ?? {}))
      writeDataFile(folder, name, text, recipe.user)
    const state = `${options.state}-${attempt}`
    // Before its keeper looks for owners.
    if (options.shared !== null) addOwner(state, process.pid)
    const keeper = startKeeper(state, {
      setUp: plan.setUp ?? [],
      processes: plan.processes,
      kill: plan.kill ?? null,
      atEnd: plan.atEnd ?? [],
      data: folder,
      shared: options.shared,
    })
    try {
      await keeper.order('start')
      const facts = await untilReady(definition, plan, keeper)
      const { name } = definition
      const { url, details = {} } = plan
      return {
        server: { name, url, ...facts, kind: way.kind, way: way.name, details },
        keeper,
        needs: Object.values(needs),
        untilReady: async () => void (await untilReady(definition, plan, keeper)),
      }
    } catch (error) {
      await keeper.order('end')
      // Another program may have taken the port in between.
      if (attempt === STARTS) throw error
    }
  }
}

async function untilReady(definition: ServerDefinition, plan: Plan, keeper: Keeper): Promise<Facts> {
  const deadline = performance.now() + READY_MS
  for (;;) {
    try {
      return await definition.ask(plan.url, plan.details ?? {})
    } catch (error) {
      const what = `${definition.title} ${keeper.ended.aborted ? 'has ended' : 'does not answer'}`
      if (keeper.ended.aborted || performance.now() > deadline) {
        throw new Error(`${what}. It wrote:\n${keeper.log()}`, { cause: error })
      }
    }
    await pause(ASKED_AGAIN_MS)
  }
}
