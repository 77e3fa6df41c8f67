/** What becomes of a request or a frame: drawn from one seed, and counted. */
import { dice } from '../../engine/programs/engine-program.ts'

/** What becomes of an HTTP request. */
export const HTTP_FATES = [
  'pass',
  /** Both ways take a while. */
  'slow',
  /** The connection is reset before the server hears of it. */
  'lost',
  /** The server does what it is asked; its answer is lost with the connection. */
  'answerLost',
  /** The client is told that it failed; the server is asked all the same, behind whatever else is asked meanwhile. */
  'late',
  /** The server is asked twice at the same moment. */
  'twice',
  /** The server is asked, and again some time after the answer was given. */
  'again',
  /** The connection breaks in the middle of the answer. */
  'cut',
  /** Half of the answer comes, as if it were all. */
  'clipped',
  /** Somebody between answers in the server's place. */
  'foreign',
  /** Nobody answers, while the connection stands. */
  'silence',
] as const

export type HttpFate = (typeof HTTP_FATES)[number]

/** What becomes of a frame of a WebSocket, in either direction. */
export const FRAME_FATES = [
  'pass',
  'slow',
  'lost',
  'twice',
  /** It comes behind the next. */
  'swapped',
  /** The connection breaks in the middle of it. */
  'cut',
  /** The connection is reset in place of it. */
  'reset',
] as const

export type FrameFate = (typeof FRAME_FATES)[number]

export interface Fates {
  http(): HttpFate
  frame(): FrameFate
  /** True for one connection in five. */
  refusesSocket(): boolean
  /** Milliseconds from 0 to `most`. */
  delayMs(most: number): number
  /** From now on everything passes, or no longer does. */
  calm(isCalm: boolean): void
  /** How often each has been. */
  readonly tally: ReadonlyMap<string, number>
}

/** Of 100 requests, about so many meet each fate; the others pass. */
const HTTP_SHARES: Readonly<Partial<Record<HttpFate, number>>> = {
  slow: 12,
  lost: 5,
  answerLost: 6,
  late: 5,
  twice: 5,
  again: 4,
  cut: 5,
  clipped: 3,
  foreign: 3,
  silence: 1,
}

const FRAME_SHARES: Readonly<Partial<Record<FrameFate, number>>> = {
  slow: 10,
  lost: 4,
  twice: 5,
  swapped: 5,
  cut: 2,
  reset: 2,
}

/** The fates of a seed, in the order in which they are asked for. */
export function createFates(seed: number): Fates {
  const roll = dice(seed)
  const tally = new Map<string, number>()
  let isCalm = false
  const draw = <Fate extends string>(
    kind: string,
    fates: readonly Fate[],
    shares: Readonly<Partial<Record<Fate, number>>>,
    otherwise: Fate,
  ): Fate => {
    let left = roll() * 100
    const drawn = fates.find((fate) => (left -= shares[fate] ?? 0) < 0)
    const fate = isCalm || drawn === undefined ? otherwise : drawn
    const key = `${kind} ${fate}`
    tally.set(key, (tally.get(key) ?? 0) + 1)
    return fate
  }
  return {
    tally,
    http: () => draw('http', HTTP_FATES, HTTP_SHARES, 'pass'),
    frame: () => draw('frame', FRAME_FATES, FRAME_SHARES, 'pass'),
    refusesSocket: () => roll() < 0.2 && !isCalm,
    delayMs: (most) => Math.floor(roll() * most),
    calm: (next) => void (isCalm = next),
  }
}
