/** How long tests that go on for a time go on, and with which seed. */

export interface HowLong {
  readonly seed: number
  /** How long in any case. */
  readonly forMs: number
  /** How long at most, where not enough has happened by then. */
  readonly longestMs: number
  /** The limit of the whole test, with what it checks at its end. */
  readonly timeoutMs: number
}

/**
 * Times that grow where a machine is too busy for them: as given for so long, and longer from then on, the longer it takes.
 * What is killed before it can do anything would never have done enough.
 */
export function stretching(forMs: number): (ms: number) => number {
  const begun = performance.now()
  return (ms) => ms * Math.max(1, (performance.now() - begun) / forMs)
}

/** `SYNCLAYER_WIRE_MS` goes on for longer; `SYNCLAYER_SEED` draws what a run before has drawn. */
export function howLong(usual: Pick<HowLong, 'forMs' | 'longestMs'>): HowLong {
  const asked = Number(process.env['SYNCLAYER_WIRE_MS'] ?? 0)
  const longestMs = Math.max(usual.longestMs, 2 * asked)
  return {
    seed: Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31)),
    forMs: Math.max(usual.forMs, asked),
    longestMs,
    timeoutMs: longestMs + 120_000,
  }
}
