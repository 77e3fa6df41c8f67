/**
 * The `Idempotency-Key` of a mutation: its id, and beside the client's the end of its time, which stands for its content.
 * Two copies of a store send different mutations under one id, and a backend that knows keys must not take the second
 * for the first. Pure.
 */
import { formatHlc, type Hlc, type Mutation, parseHlc } from '@synclayer/core/adapter'

/** The mutation a key names. */
export interface KeyedMutation {
  readonly id: string
  /** Its time, of which backends keep the moment alone. */
  time(ms: number): Hlc
}

const KEY = /^(.+)~([0-9a-f]{4})-([0-9a-f]{16})\.([0-9]{1,16})$/

export function mutationKey({ id, time }: Pick<Mutation, 'id' | 'time'>): string {
  const dot = id.lastIndexOf('.')
  const { counter, node } = parseHlc(time)
  return `${id.slice(0, dot)}~${counter.toString(16).padStart(4, '0')}-${node}${id.slice(dot)}`
}

/** Null where the text is no key of ours. */
export function parseMutationKey(key: string): KeyedMutation | null {
  const [, clientId, counter, node, n] = KEY.exec(key) ?? []
  if (clientId === undefined || counter === undefined || node === undefined || n === undefined) return null
  return {
    id: `${clientId}.${n}`,
    time: (ms) => formatHlc({ ms, counter: Number.parseInt(counter, 16), node }),
  }
}
