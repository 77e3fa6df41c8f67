/** What the model backend stores of one scope: its feed, compacted to the latest state of each record. */
import type { PushOutcome } from '../../protocol/messages.ts'
import type { RemoteRecord } from '../../protocol/mutation.ts'

export interface Stored {
  readonly record: RemoteRecord
  readonly position: number
  readonly storedAt: number
}

export interface Remembered {
  readonly time: string
  readonly result: PushOutcome
  readonly at: number
}

export interface Feed {
  readonly scope: string
  epoch: number
  /** Part of every version made now, so that none comes again after a restore. */
  history: number
  /** Which history was written from which position on, oldest first. A cursor names the one it stands in. */
  readonly marks: { readonly position: number; readonly history: number }[]
  /** The last position given out, to transactions that are not yet visible too. */
  head: number
  floor: number
  readonly records: Map<string, Stored>
  readonly results: Map<string, Map<number, Remembered>>
}

export function createFeed(scope: string, history: number): Feed {
  return {
    scope,
    epoch: history,
    history,
    marks: [{ position: 0, history }],
    head: 0,
    floor: 0,
    records: new Map(),
    results: new Map(),
  }
}

export function epochName(feed: Feed): string {
  return `e${feed.epoch}`
}

/**
 * Another history begins: what is written from now on has other versions, and positions that may have been used.
 *
 * @param from what the backup shows up to here is the same in both; a cursor beyond it is of one of them
 */
export function beginHistory(
  feed: Feed,
  history: number,
  { from, unnoticed }: { readonly from: number; readonly unnoticed: boolean },
): void {
  feed.history = history
  feed.marks.push({ position: from, history })
  if (!unnoticed) feed.epoch = history
}

/** The history in which this position was written. */
export function historyAt(feed: Feed, position: number): number {
  return feed.marks.findLast((mark) => mark.position < position)?.history ?? feed.marks[0]!.history
}
