/**
 * Judges a run by what users were told and shown and by what the backend committed; it knows nothing of the engine.
 * Every edit has a token, written into the document. So a lost edit is a token that is missing, and it may be missing
 * only where a user deleted what held it, or the run itself took it away: by a restore, a rollback, a discard.
 */
import type { RemoteRecord } from '@synclayer/core/adapter'
import { type CollectionName, type Marked, scopeOf, tokensIn, tokensOf } from '../scenario/collections.ts'
import { BackendLog, type Entry, nameOf } from './backend-log.ts'

export interface Attempt {
  readonly token: string
  readonly record: string
  readonly disk: number
  acknowledged: boolean
}

/** A delete by a user who had seen everything there was of the record. */
interface LastWord {
  readonly record: string
  acknowledged: boolean
}

export class Oracle {
  readonly violations: string[] = []
  readonly log: BackendLog
  readonly attempts: Attempt[] = []
  /** Tokens in what users deleted. */
  readonly killed = new Set<string>()
  /** Tokens the run itself may have taken away. */
  readonly lost = new Set<string>()
  /** Records an unsent change of which is on two disks, which may count twice. */
  readonly uncounted = new Set<string>()
  readonly lastWords = new Map<string, LastWord>()
  readonly #shown = new Map<string, Map<string, readonly string[]>>()
  readonly #deleters = new Map<string, string>()
  /** Deletes that are under way, by device and record. */
  readonly #deleting = new Map<string, Map<string, number>>()

  constructor() {
    this.log = new BackendLog(
      (rule) => this.broken(rule),
      (token) => this.isExcused(token),
    )
  }

  broken(rule: string): void {
    this.violations.push(rule)
  }

  /** A user begins an edit. */
  attempted(token: string, record: string, disk: number): Attempt {
    const attempt = { token, record, disk, acknowledged: false }
    this.attempts.push(attempt)
    this.lastWords.delete(record)
    return attempt
  }

  /** A user begins to delete. `everything`: all tokens of the record that are anywhere; `seen`: those before the user. */
  deleting(
    device: string,
    record: string,
    seen: readonly string[],
    everything: ReadonlySet<string>,
  ): LastWord {
    const pending = this.#deleting.get(device) ?? new Map<string, number>()
    this.#deleting.set(device, pending.set(record, (pending.get(record) ?? 0) + 1))
    // Two who delete and create again at the same time both take away what the counter had.
    if ((this.#deleters.get(record) ?? device) !== device) this.uncounted.add(record)
    this.#deleters.set(record, device)
    const word = { record, acknowledged: false }
    const sawAll = [...everything].every((token) => seen.includes(token))
    if (sawAll) this.lastWords.set(record, word)
    else this.lastWords.delete(record)
    return word
  }

  deleted(device: string, record: string): void {
    const pending = this.#deleting.get(device)
    const count = pending?.get(record) ?? 0
    if (count <= 1) pending?.delete(record)
    else pending?.set(record, count - 1)
  }

  /** A commit of this device is about to replace the row: where a delete is under way, what is in it dies. */
  replacing(device: string, record: string, document: string | null): void {
    if (!this.#deleting.get(device)?.has(record)) return
    for (const token of tokensIn(document)) this.killed.add(token)
  }

  /** The process is gone, and another will have other views. */
  processEnded(device: string): void {
    this.#deleting.delete(device)
    for (const key of this.#shown.keys()) if (key.startsWith(`${device} `)) this.#shown.delete(key)
  }

  committed(applied: readonly Entry[], nowMs: number): void {
    this.log.committed(applied, nowMs)
  }

  /** The backend's history ends after `length` entries from now on. */
  restored(length: number, records: readonly RemoteRecord[]): void {
    const kept = new Set(this.log.entries.slice(0, length).flatMap(tokensOfEntry))
    for (const entry of this.log.entries.slice(length)) {
      // Every device that had it brings it back, and each counts it.
      this.uncounted.add(nameOf(entry.record))
      for (const token of tokensOfEntry(entry)) if (!kept.has(token)) this.lost.add(token)
    }
    this.log.restored(length, records)
    this.lastWords.clear()
  }

  /** What this disk did may be gone, but for what was `kept`. */
  rolledBack(disk: number, kept: ReadonlySet<Attempt>): void {
    const applied = new Set(this.log.entries.flatMap(tokensOfEntry))
    for (const attempt of this.attempts)
      if (attempt.disk === disk && !kept.has(attempt) && !applied.has(attempt.token))
        this.lost.add(attempt.token)
    this.lastWords.clear()
  }

  /** I6: what a device has shown it goes on showing, until somebody deletes it. */
  shown(
    device: string,
    collection: CollectionName,
    documents: readonly Marked[],
    scopes: readonly string[],
  ): void {
    const key = `${device} ${collection}`
    const before = this.#shown.get(key)
    const now = new Map<string, readonly string[]>()
    for (const document of documents) now.set(document.id, tokensOf(document))
    for (const [id, tokens] of before ?? []) {
      if (!scopes.includes(scopeOf(id))) continue
      const present = now.get(id) ?? []
      for (const token of tokens)
        if (!present.includes(token) && !this.isExcused(token))
          this.broken(`I6: ${device} no longer shows ${token} in ${collection}/${id}`)
    }
    this.#shown.set(key, now)
  }

  isExcused(token: string): boolean {
    return this.killed.has(token) || this.lost.has(token)
  }
}

function tokensOfEntry({ record }: Entry): readonly string[] {
  return tokensOf(record.data as Marked | undefined)
}
