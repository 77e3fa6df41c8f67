/** A server that is killed over and over, and started again where it was. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Ending } from '../child.ts'
import { dice } from '../engine/programs/engine-program.ts'

export interface MortalServer {
  /** Ends it with SIGKILL. */
  kill(): Promise<Ending>
}

export interface ServeOptions<Server extends MortalServer> {
  readonly first: Server
  /** Starts it at the same address. */
  startAgain(): Promise<Server>
  readonly seed: number
  /** How long it lives the next time, on average. */
  lifeMs(): number
  isOver(): boolean
}

export interface Serving<Server> {
  /** How often it was killed. */
  readonly kills: number
  /** Resolves, once it is over, with the one that lives. */
  readonly over: Promise<Server>
}

/** Kills the server and starts it again, until it is over. */
export function serveAndDie<Server extends MortalServer>(options: ServeOptions<Server>): Serving<Server> {
  const { first, startAgain, seed, lifeMs, isOver } = options
  const roll = dice(seed)
  let kills = 0
  const serve = async (): Promise<Server> => {
    let server = first
    while (!isOver()) {
      await delay(lifeMs() * (0.2 + 1.6 * roll()))
      expect(await server.kill()).toMatchObject({ code: null, signal: 'SIGKILL' })
      kills += 1
      // Clients also meet a port where nobody listens.
      await delay(roll() * 200)
      server = await startAgain()
    }
    return server
  }
  const over = serve()
  return {
    get kills() {
      return kills
    },
    over,
  }
}
