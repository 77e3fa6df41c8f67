/**
 * When a follower gives its leader up for frozen or dead. It counts its own questions and looks at no clock, so neither
 * clocks that jump nor its own sleep make it hasty: a question counts only after its time was waited for here.
 *
 *   heard of since the last tick ──▶ rest      not heard of ──▶ ask, up to four times ──▶ take the lead
 */

/** Between two ticks, in milliseconds. Browsers give hidden pages no shorter ones. */
export const TICK_MS = 1_000

/** Questions without an answer after which the lead is taken. */
const MOST_UNANSWERED = 4

export interface Watch {
  /** Something came from the leader since the last tick: an answer, be it to another follower. */
  readonly heard: boolean
  /** Questions since then. */
  readonly unanswered: number
}

export const NEW_WATCH: Watch = { heard: false, unanswered: 0 }

export const HEARD: Watch = { heard: true, unanswered: 0 }

/** A tick has passed. */
export function watchTick(watch: Watch): { readonly watch: Watch; readonly act: 'rest' | 'ask' | 'take' } {
  if (watch.heard) return { watch: NEW_WATCH, act: 'rest' }
  if (watch.unanswered >= MOST_UNANSWERED) return { watch: NEW_WATCH, act: 'take' }
  return { watch: { ...watch, unanswered: watch.unanswered + 1 }, act: 'ask' }
}
