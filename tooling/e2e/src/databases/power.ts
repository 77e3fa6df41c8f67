/** A database's server that goes down and comes back, over and over. */
import { setTimeout as delay } from 'node:timers/promises'
import type { HostServer } from '@synclayer/databases'
import { dice } from '../engine/programs/engine-program.ts'

export interface Power {
  /** How often it went down. */
  readonly cuts: number
  /** Resolves while it is up. */
  up(): Promise<void>
  /** Resolves once it is up for good. */
  readonly over: Promise<void>
}

export interface PowerOptions {
  readonly seed: number
  /** How long it stays up the next time, on average. */
  readonly upMs: () => number
  readonly over: AbortSignal
}

/** Most of the time it crashes, else it ends as it should. A server that is not there stays up. */
export function cutPower(server: HostServer | null, { seed, upMs, over }: PowerOptions): Power {
  const roll = dice(seed)
  let cuts = 0
  let up = Promise.resolve()
  const downAndUp = async (databaseServer: HostServer): Promise<void> => {
    await (roll() < 0.7 ? databaseServer.kill() : databaseServer.stop())
    await delay(roll() * 500)
    await databaseServer.start()
  }
  const work = async (): Promise<void> => {
    while (server !== null && !over.aborted) {
      await delay(upMs() * (0.5 + roll()), undefined, { signal: over }).catch(() => undefined)
      if (over.aborted) return
      cuts += 1
      up = downAndUp(server)
      await up
    }
  }
  return {
    get cuts() {
      return cuts
    },
    up: () => up,
    over: work(),
  }
}
