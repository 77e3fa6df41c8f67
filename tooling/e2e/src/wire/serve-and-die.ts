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
  /** How long it lives, on average. */
  readonly lifeMs: number
  isOver(): boolean
}

/** Kills the server and starts it again, until it is over; answers the one that lives. */
export async function serveAndDie<Server extends MortalServer>({
  first,
  startAgain,
  seed,
  lifeMs,
  isOver,
}: ServeOptions<Server>): Promise<{ readonly server: Server; readonly kills: number }> {
  const roll = dice(seed)
  let server = first
  let kills = 0
  while (!isOver()) {
    await delay(lifeMs * (0.2 + 1.6 * roll()))
    expect(await server.kill()).toMatchObject({ code: null, signal: 'SIGKILL' })
    kills += 1
    // Clients also meet a port where nobody listens.
    await delay(roll() * 200)
    server = await startAgain()
  }
  return { server, kills }
}
