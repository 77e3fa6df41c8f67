/** Tells the other tabs of commits, and hears of theirs. */
import type { ForeignCommit, RecordKey } from '@synclayer/core/storage'

/** Commits of more records than these are told without their keys: then anything may have changed. */
const MOST_KEYS = 1_000

/** A message: the keys of the records, or null where anything may have changed. */
type Message = readonly (readonly [collection: string, id: string])[] | null

export interface ChangeChannel {
  readonly add: (listener: (commit: ForeignCommit) => void) => () => void
  /** What is committed from here on is told to others, and what they commit is heard. */
  readonly begin: () => void
  /** Tells of a commit of these records; null: anything may have changed. */
  readonly tell: (records: readonly RecordKey[] | null) => void
  readonly stop: () => void
}

/** The channel between all tabs that open a database; undefined where the browser has none. */
export function createChangeChannel(database: string): ChangeChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined
  const listeners = new Set<(commit: ForeignCommit) => void>()
  let channel: BroadcastChannel | null = null

  function hear({ data }: MessageEvent<unknown>): void {
    const commit = toCommit(data)
    for (const listener of listeners) listener(commit)
  }

  return {
    add(listener) {
      const registered = (commit: ForeignCommit): void => listener(commit)
      listeners.add(registered)
      return () => void listeners.delete(registered)
    },
    begin() {
      channel = new BroadcastChannel(`${database}:changes`)
      channel.onmessage = hear
    },
    tell(records) {
      const isBounded = records !== null && records.length <= MOST_KEYS
      const message: Message = isBounded ? records.map(({ collection, id }) => [collection, id]) : null
      channel?.postMessage(message)
    },
    stop() {
      channel?.close()
      channel = null
      listeners.clear()
    },
  }
}

/** A message of another version, which we do not know, says at least that something has changed. */
function toCommit(data: unknown): ForeignCommit {
  if (!Array.isArray(data)) return {}
  const records: RecordKey[] = []
  for (const each of data as readonly unknown[]) {
    const [collection, id] = Array.isArray(each) ? (each as readonly unknown[]) : []
    if (typeof collection !== 'string' || typeof id !== 'string') return {}
    records.push({ collection, id })
  }
  return { records }
}
