/**
 * A store in one file of JSON lines. Each line is one atomic step (an epoch, a mark, one mutation or group, a purge);
 * reading them from the top gives the state. `apply` is the only code that changes the state, so what was written and
 * what is read back cannot differ.
 */
import {
  appendFileSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { type RemoteRecord, SyncError, toSyncError, type Version } from '@synclayer/core/adapter'

export type Line =
  /** A history begins. */
  | { readonly kind: 'epoch'; readonly epoch: string }
  /** From here on positions are written under this name. */
  | { readonly kind: 'mark'; readonly mark: string }
  /** One mutation, or one group, with the position of each record. */
  | { readonly kind: 'write'; readonly scope: string; readonly at: number; readonly writes: readonly Write[] }
  /** Results of this client below n may be forgotten. */
  | { readonly kind: 'settled'; readonly scope: string; readonly client: string; readonly n: number }
  | {
      readonly kind: 'purge'
      readonly scope: string
      readonly before: number
      readonly resultsBefore: number
    }

export interface Write {
  readonly position: number
  readonly record: RemoteRecord
  /** Client and number of the mutation, and its time as it was sent. */
  readonly client: string
  readonly n: number
  readonly sent: string
}

export interface Stored {
  readonly record: RemoteRecord
  readonly position: number
  readonly at: number
}

export interface Remembered {
  readonly version: Version
  readonly sent: string
  readonly at: number
}

/** One scope. */
export interface Feed {
  /** By `collection/id`, tombstones too. A Map keeps the order of insertion, which here is that of positions. */
  readonly records: Map<string, Stored>
  /** Accepted mutations, by client and number. */
  readonly results: Map<string, Map<number, Remembered>>
  /** No cursor below this position can be served. */
  floor: number
}

export interface State {
  epoch: string
  /** The last position given, over all scopes. */
  head: number
  /** Positions behind `after` were written under `mark`, up to the next one's `after`. */
  readonly marks: { readonly after: number; readonly mark: string }[]
  readonly feeds: Map<string, Feed>
}

export interface Journal {
  readonly state: State
  /** Called with the scope after each write. */
  readonly listeners: Set<(scope: string) => void>
  feed(scope: string): Feed
  /** Changes the state and writes the lines, to the disk itself. All or nothing. */
  commit<T>(step: (write: (line: Line) => void) => T): T
  close(): void
}

/** Journals that this process has open, so that all adapters on one file share one state. */
const open = new Map<string, { readonly journal: OneFile; users: number }>()

/** Opens the journal, or shares it where this process has it open. */
export function openJournal(path: string, begin: (state: State) => readonly Line[]): Journal {
  const file = resolve(path)
  const entry = open.get(file) ?? { journal: new OneFile(file, begin), users: 0 }
  open.set(file, entry)
  entry.users += 1
  return entry.journal.shared(() => {
    entry.users -= 1
    if (entry.users > 0) return
    open.delete(file)
    entry.journal.close()
  })
}

class OneFile {
  readonly #path: string
  readonly #descriptor: number
  readonly #listeners = new Set<(scope: string) => void>()
  #state: State

  constructor(path: string, begin: (state: State) => readonly Line[]) {
    this.#path = path
    lock(path)
    this.#descriptor = openSync(path, 'a+')
    try {
      this.#state = this.#read()
      this.commit((write) => begin(this.#state).forEach(write))
    } catch (error) {
      this.close()
      throw error
    }
  }

  shared(close: () => void): Journal {
    const state = (): State => this.#state
    return {
      get state() {
        return state()
      },
      listeners: this.#listeners,
      feed: (scope) => feedOf(this.#state, scope),
      commit: (step) => this.commit(step),
      close,
    }
  }

  /** Nothing here waits, so nothing else of this process runs in between: JavaScript itself is the lock. */
  commit<T>(step: (write: (line: Line) => void) => T): T {
    const size = fstatSync(this.#descriptor).size
    const lines: Line[] = []
    try {
      const result = step((line) => {
        apply(this.#state, line)
        lines.push(line)
      })
      if (lines.length > 0) {
        appendFileSync(this.#descriptor, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        fsyncSync(this.#descriptor)
      }
      for (const line of lines)
        if (line.kind === 'write') for (const tell of this.#listeners) tell(line.scope)
      return result
    } catch (error) {
      // Back to what the file held before.
      ftruncateSync(this.#descriptor, size)
      this.#state = this.#read()
      throw toSyncError(error, 'BACKEND_FAILED', 'The journal could not be written')
    }
  }

  close(): void {
    closeSync(this.#descriptor)
    rmSync(`${this.#path}.lock`, { force: true })
  }

  #read(): State {
    const text = readFileSync(this.#path, 'utf8')
    // What a killed process left behind of its last line was never answered.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) ftruncateSync(this.#descriptor, Buffer.byteLength(whole))
    const state: State = { epoch: '', head: 0, marks: [], feeds: new Map() }
    for (const line of whole.split('\n')) if (line !== '') apply(state, parseLine(line))
    return state
  }
}

/** The one place that changes the state. */
function apply(state: State, line: Line): void {
  switch (line.kind) {
    case 'epoch':
      state.epoch = line.epoch
      return
    case 'mark':
      state.marks.push({ after: state.head, mark: line.mark })
      return
    case 'write': {
      const { records, results } = feedOf(state, line.scope)
      for (const { position, record, client, n, sent } of line.writes) {
        const key = `${record.collection}/${record.id}`
        // Removed first, so that it moves to the end.
        records.delete(key)
        records.set(key, { record, position, at: line.at })
        const ofClient = results.get(client) ?? new Map<number, Remembered>()
        results.set(client, ofClient.set(n, { version: record.version, sent, at: line.at }))
        state.head = position
      }
      return
    }
    case 'settled': {
      const ofClient = feedOf(state, line.scope).results.get(line.client)
      for (const n of ofClient?.keys() ?? []) if (n < line.n) ofClient?.delete(n)
      return
    }
    case 'purge': {
      const feed = feedOf(state, line.scope)
      for (const [key, { record, position, at }] of feed.records) {
        if (!record.deleted || at >= line.before) continue
        feed.floor = Math.max(feed.floor, position)
        feed.records.delete(key)
      }
      for (const ofClient of feed.results.values()) {
        for (const [n, { at }] of ofClient) if (at < line.resultsBefore) ofClient.delete(n)
      }
    }
  }
}

function feedOf(state: State, scope: string): Feed {
  const feed = state.feeds.get(scope) ?? { records: new Map(), results: new Map(), floor: 0 }
  state.feeds.set(scope, feed)
  return feed
}

function parseLine(line: string): Line {
  try {
    return JSON.parse(line) as Line
  } catch (cause) {
    throw new SyncError('BACKEND_FAILED', 'A line of the journal is damaged.', { cause, retryable: false })
  }
}

/** Keeps other processes out. One that was killed leaves its lock behind, to be removed by hand. */
function lock(path: string): void {
  try {
    closeSync(openSync(`${path}.lock`, 'wx'))
  } catch (cause) {
    throw new SyncError(
      'BACKEND_FAILED',
      `${path} is open elsewhere. If no process has it, remove ${path}.lock.`,
      {
        cause,
        retryable: false,
      },
    )
  }
}
