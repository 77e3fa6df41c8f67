/**
 * The test runner, injected, so that this package depends on none: `describe` and `test` of vitest, bun and node:test fit.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  /** Passes `timeoutMs` on; a runner may ignore it. */
  readonly test: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown
}

/** How long one test may take: suites run on slow machines and against real servers too. */
export const TEST_TIMEOUT_MS = 60_000

/**
 * Runs a test body once for each seed and names the seed in the failure, so that the same run can be had again.
 */
export async function forEachSeed(
  seeds: readonly number[],
  body: (random: SeededRandom, seed: number) => Promise<void>,
): Promise<void> {
  for (const seed of seeds) {
    try {
      await body(seededRandom(seed), seed)
    } catch (error) {
      throw new Error(`With seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
  }
}

/** Random choices that are the same for the same seed, everywhere. */
export interface SeededRandom {
  /** A whole number from 0 up to, but not including, `below`. */
  readonly whole: (below: number) => number
  /** True with a probability, one half unless told. */
  readonly chance: (probability?: number) => boolean
  readonly pick: <T>(items: readonly T[]) => T
}

/** A generator of random choices (mulberry32). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const whole = (below: number): number => Math.floor(fraction() * below)
  return {
    whole,
    chance: (probability = 0.5) => fraction() < probability,
    pick: (items) => items[whole(items.length)]!,
  }
}
