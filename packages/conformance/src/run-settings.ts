/** How long the parts bounded by time go on, and from which seed. */

/** Of the tests that go on for a time: with random choices, many clients, or both. */
export interface RunSettings {
  /** How long they go on, in milliseconds, all together. */
  readonly ms?: number
  /** Where their random choices begin. A failure names the seed to give here; a fresh one unless told. */
  readonly seed?: number
}

/**
 * What the environment says, if there is one, goes before what a test file says, and that before the default: so one
 * file serves `npm test` and a run of hours. SYNCLAYER_CONFORMANCE_MS and SYNCLAYER_SEED are read.
 */
export function readRunSettings(given: RunSettings | undefined, defaultMs: number): Required<RunSettings> {
  return {
    ms: numberOf('SYNCLAYER_CONFORMANCE_MS') ?? given?.ms ?? defaultMs,
    seed: numberOf('SYNCLAYER_SEED') ?? given?.seed ?? freshSeed(),
  }
}

function numberOf(name: string): number | undefined {
  // Browsers have no process, and need none.
  const { process } = globalThis as {
    readonly process?: { readonly env?: Record<string, string | undefined> }
  }
  const text = process?.env?.[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number, and is "${text}"`)
  return value
}

function freshSeed(): number {
  return Math.floor(Math.random() * 1_000_000_000)
}
