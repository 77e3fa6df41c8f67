/** How long tests that go on for a time go on, and with which seed. */

export interface HowLong {
  readonly seed: number
  /** How long in any case. */
  readonly forMs: number
  /** How long at most, where not enough has happened by then. */
  readonly longestMs: number
}

/** `SYNCLAYER_WIRE_MS` goes on for longer; `SYNCLAYER_SEED` draws what a run before has drawn. */
export function howLong({ forMs, longestMs }: Omit<HowLong, 'seed'>): HowLong {
  const asked = Number(process.env['SYNCLAYER_WIRE_MS'] ?? 0)
  return {
    seed: Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31)),
    forMs: Math.max(forMs, asked),
    longestMs: Math.max(longestMs, 2 * asked),
  }
}
