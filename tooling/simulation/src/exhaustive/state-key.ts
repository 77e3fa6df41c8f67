/**
 * What decides how a world at rest may go on, as a text. Of two worlds with the same text one need be followed.
 *
 * Nothing is left out but what nothing here looks at: revisions of rows, which are compared within one commit; when the backend
 * stored something, which only a purge asks for; how often processes were started. What may still happen by itself is not in
 * it, see `visited.ts`. Three things are renamed, since only this matters of them:
 *
 * - what was drawn at random, client ids and the nodes of clocks: whether it is the same. It is numbered as it appears;
 * - the moments of edits: which came first. What is still to come is later than all of them (see `state.ts`);
 * - places in an outbox: which comes first.
 *
 * All else stays as it is: versions, positions, numbers of mutations, fingerprints, the numbers of operations.
 */
import { createHash } from 'node:crypto'
import type { FeedState, WorldState } from './state.ts'

/** The milliseconds of a hybrid time of this age, before its counter and its node or fingerprint. */
const MOMENT = /\b0[0-9a-f]{11}(?=-[0-9a-f]{4}-)/g
/** A place in an outbox, a thousand for each millisecond: no other number here is so large. */
const PLACE = /\b\d{16}(?=[,}])/g

/** A digest of the text. */
export function stateKey(state: WorldState): string {
  return createHash('sha256').update(stateText(state)).digest('base64')
}

export function stateText(state: WorldState): string {
  const { backend, devices, shown, late, oracle, operationsLeft, hasX } = state
  const text = JSON.stringify([
    backend.map(withoutStoringTimes),
    devices.map(({ records, entries, dirty }) => [records, entries, dirty]),
    [shown, late, oracle, operationsLeft, hasX],
  ])
  const names = devices.flatMap((device) => device.names)
  return renamed(ranked(ranked(text, MOMENT), PLACE), names)
}

function withoutStoringTimes({ records, results, ...feed }: FeedState): unknown {
  return [
    feed,
    records.map(([name, record]) => [name, without(record, 'storedAt')]),
    results.map(([client, memory]) => [client, memory.map(([n, result]) => [n, without(result, 'at')])]),
  ]
}

function without(value: unknown, member: string): unknown {
  const { [member]: _, ...rest } = value as Record<string, unknown>
  return rest
}

/** All that the pattern finds, by its place among them in rising order. */
function ranked(text: string, pattern: RegExp): string {
  const found = [...new Set(text.match(pattern))].sort()
  return text.replaceAll(pattern, (value) => `#${found.indexOf(value)}`)
}

function renamed(text: string, names: readonly string[]): string {
  const given = new Map<string, number>()
  if (names.length === 0) return text
  return text.replaceAll(new RegExp([...new Set(names)].join('|'), 'g'), (name) => {
    if (!given.has(name)) given.set(name, given.size)
    return `@${given.get(name)}`
  })
}
