/** A program that is killed over and over, while what it said is written down. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { start } from '../child.ts'
import type { Ledger } from './ledger.ts'
import { dice } from './programs/engine-program.ts'

/** So few at once that a first sync is long enough to be interrupted, however late the news of its begin come here. */
const FIRST_BATCH_SIZE = 4

/** The least that must have happened before a client's lives may end, lest the test show little. */
export interface Enough {
  readonly kills: number
  readonly writes: number
  /** Of those, transfers: what all write at once, once a first sync is done. */
  readonly transfers: number
}

export interface LivesOptions {
  readonly name: string
  /** The file of its store. */
  readonly store: string
  /** The file of the backend, or the URL of a server. */
  readonly backend: string
  readonly seed: number
  readonly ledger: Ledger
  readonly enough: Enough
  /** What else must have happened. */
  readonly isEnough?: () => boolean
  /** How long to go on in any case. */
  readonly forMs: number
  /** A busy machine is given more time than that, until there was enough; but no more than this. */
  readonly longestMs: number
  /**
   * How long the next life lasts at most once it is at work. Whoever was killed led, and its lead is taken over after a second:
   * a life that is shorter sends nothing.
   */
  readonly lifeMs: () => number
  /** How long it rests between what it saves, on average. */
  readonly restMs: number
  /** How many changes it sends or takes at once after its first life; as few as in that when left out. */
  readonly batchSize?: number
}

export interface Lives {
  readonly kills: number
  readonly killedInFirstSync: number
  readonly errors: readonly string[]
}

/** Lets a program run and kills it, over and over; a first sync is first interrupted as soon as a part of it is in. */
export async function liveAndDie(options: LivesOptions): Promise<Lives> {
  const {
    name,
    store,
    backend,
    seed,
    ledger,
    enough,
    isEnough: isOtherwiseEnough = () => true,
    forMs,
    longestMs,
    lifeMs,
    restMs,
    batchSize = FIRST_BATCH_SIZE,
  } = options
  const roll = dice(seed)
  const begun = performance.now()
  const errors: string[] = []
  let kills = 0
  let killedInFirstSync = 0
  let isSynced = false
  const isOver = (): boolean => {
    const ms = performance.now() - begun
    const isEnough =
      kills >= enough.kills &&
      ledger.acknowledged >= enough.writes &&
      ledger.count('transfer').acknowledged >= enough.transfers &&
      isOtherwiseEnough()
    return ms > longestMs || (isEnough && ms > forMs)
  }
  for (let life = 1; !isOver(); life++) {
    const numbers = [life, Math.floor(roll() * 2 ** 31), restMs, life === 1 ? FIRST_BATCH_SIZE : batchSize]
    const args = [store, backend, name, ...numbers.map(String)]
    const child = start('engine/programs/save-and-sync', args, (line) => {
      ledger.note(line)
      if (line === 'c') isSynced = true
      if (line.startsWith('e ')) errors.push(line)
    })
    const [kind, wait] = [roll(), roll()]
    if (!isSynced && life <= 4) {
      await Promise.race([child.line((line) => line === 'p' || line === 'c'), child.ended])
      if (!isSynced) killedInFirstSync += 1
    } else {
      // Mostly at work; some while they start and open the store.
      if (kind > 0.15) await child.line((line) => line === 'ready')
      await delay(wait * (kind > 0.15 ? lifeMs() : 200))
    }
    child.kill()
    const ending = await child.ended
    expect(ending, ending.errors).toMatchObject({ code: null, signal: 'SIGKILL' })
    kills += 1
  }
  return { kills, killedInFirstSync, errors }
}
