/**
 * Judges a run by what users were told and shown and by what the backend committed; it knows nothing of the engine.
 * Every edit has a token, written into the document. So a lost edit is a token that is missing, and it may be missing
 * only where a user deleted what held it, or the run itself took it away: by a restore, a rollback, a discard.
 */
import type { RemoteRecord } from '@synclayer/core/adapter'
import { type CollectionName, documentIn, type Marked, scopeOf, tokensOf } from '../scenario/collections.ts'
import { BackendLog, type Entry, nameOf } from './backend-log.ts'
import { FeedRules } from './feed-rules.ts'
import { halfTokens } from './pair.ts'
import { type Count, Tally } from './tally.ts'

/** Who takes things away by a restore; no device. */
const RESTORE = 'restore'

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
  readonly tally = new Tally()
  readonly feeds = new FeedRules((rule) => this.broken(rule))
  /** Tokens in what users deleted. */
  readonly killed = new Set<string>()
  /** Tokens the run itself may have taken away. */
  readonly lost = new Set<string>()
  /** Records the changes of which may count twice. */
  readonly uncounted = new Set<string>()
  /** Records one unsent change of which two may send, who do not know of each other. */
  readonly #sentTwice = new Set<string>()
  /** Records a change of which was discarded: where it had been sent, what undoes it leaves no token. */
  readonly #takenBack = new Set<string>()
  /** Records that a restore took away altogether: whoever brings one back, nothing of it counts twice (R11). */
  readonly broughtBack = new Set<string>()
  /** Records that two have deleted, each of whom may take away what the counters had. */
  readonly countedDown = new Set<string>()
  readonly lastWords = new Map<string, LastWord>()
  /** Records of which the run took away what others may still bring back, after any delete. */
  readonly #mayReturn = new Set<string>()
  readonly #tokens = new Set<string>()
  /** Edits that are no longer on the disk they were made on, unless by the feed. */
  readonly #uprooted = new Set<Attempt>()
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
    this.#tokens.add(token)
    this.lastWords.delete(record)
    return attempt
  }

  /** A user begins an edit that leaves no token. */
  counting(record: string, number: number, disk: number, atMs: number): Count {
    this.lastWords.delete(record)
    return this.tally.attempted(record, number, disk, atMs)
  }

  /** What users were told is done. */
  acknowledged(): ReadonlySet<Attempt | Count> {
    return new Set([...this.attempts.filter(({ acknowledged }) => acknowledged), ...this.tally.acknowledged])
  }

  /** A user begins to delete. `sawAll`: nothing of the record is anywhere that is not before the user. */
  deleting(device: string, record: string, sawAll: boolean): LastWord {
    const pending = this.#deleting.get(device) ?? new Map<string, number>()
    this.#deleting.set(device, pending.set(record, (pending.get(record) ?? 0) + 1))
    this.#countsDown(device, record)
    const word = { record, acknowledged: false }
    if (sawAll && !this.#mayReturn.has(record)) this.lastWords.set(record, word)
    else this.lastWords.delete(record)
    return word
  }

  /**
   * Two who delete, or discard, and create again at the same time both take away what the counters had. So do one of them and
   * a restore.
   */
  #countsDown(by: string, record: string): void {
    const before = this.#deleters.get(record) ?? by
    if (before !== by) this.countedDown.add(record)
    // What a restore took away counts too few, never twice (R11).
    if (before !== by && before !== RESTORE && by !== RESTORE) this.uncounted.add(record)
    this.#deleters.set(record, by)
  }

  deleted(device: string, record: string): void {
    const pending = this.#deleting.get(device)
    const count = pending?.get(record) ?? 0
    if (count <= 1) pending?.delete(record)
    else pending?.set(record, count - 1)
  }

  /** A commit of this device is about to replace the row: where a delete is under way, what is in it dies. */
  replacing(device: string, record: string, text: string | null): void {
    if (!this.#deleting.get(device)?.has(record)) return
    const document = documentIn(text)
    for (const token of tokensOf(document)) this.killed.add(token)
    this.tally.gone(record, document)
  }

  /** An edit that its user had begun, and not been told the end of, before deleting its record. */
  deletedWith(edit: Attempt | Count): void {
    if ('token' in edit) this.killed.add(edit.token)
    else this.tally.deletedWith(edit)
  }

  /** A user takes back what is unsent of a record, and what is about to be written. */
  discarding(device: string, record: string, text: string | null, disk: number): void {
    this.#countsDown(device, record)
    this.#takenBack.add(record)
    const document = documentIn(text)
    for (const token of tokensOf(document)) this.lost.add(token)
    for (const attempt of this.attempts)
      if (attempt.record === record && attempt.disk === disk && !attempt.acknowledged)
        this.lost.add(attempt.token)
    this.tally.gone(record, document)
    this.tally.discarded(record, disk)
    this.lastWords.delete(record)
  }

  /**
   * The backend no longer knows that it applied a mutation, nobody else does yet, and it will be sent again. `deleted`: the
   * document it deleted, where it is a delete. What another created meanwhile just as that was is to the deleter what it
   * deletes, and goes too; anything else outlives the delete (C2).
   */
  forgotten(mutation: string, record: string, deleted: Marked | null = null): void {
    if (!this.log.forgotten.has(mutation)) {
      this.tally.gone(record, deleted)
      // To the deleter another's new record is what it deletes: what it creates in its place goes on from that.
      if (deleted !== null) this.tally.mayTakeAway(record, deleted)
    }
    this.log.forgotten.add(mutation)
    this.#mayReturn.add(record)
    this.uncounted.add(record)
    this.lastWords.delete(record)
  }

  /**
   * The backend forgot that the record was deleted, before a device that has it came back out of an earlier history. Nothing
   * tells that device the record from those a restore took away: it brings it back (R3).
   */
  deleteForgotten(record: string): void {
    this.lastWords.delete(record)
  }

  /**
   * Something unsent of the record is on a copied or rolled back disk of these devices: it may be sent, and count, twice. Where
   * one of them has deleted it, that may be sent twice too, before each creates it again.
   */
  unsentTwice(record: string, devices: readonly string[]): void {
    this.uncounted.add(record)
    this.#sentTwice.add(record)
    if (devices.includes(this.#deleters.get(record) ?? '')) this.countedDown.add(record)
  }

  /** A change of the record was applied under an id it no longer has, and will be sent under its new one. */
  appliedUnderTwoIds(record: string): void {
    this.uncounted.add(record)
  }

  /** The process is gone, and another will have other views. */
  processEnded(device: string): void {
    this.#deleting.delete(device)
    for (const key of this.#shown.keys()) if (key.startsWith(`${device} `)) this.#shown.delete(key)
  }

  committed(applied: readonly Entry[], nowMs: number): void {
    this.log.committed(applied, nowMs)
  }

  /**
   * The backend's history ends after `length` entries from now on. `unanswered`: mutations in flight on some disk;
   * `uneven`: records that the disks hold in various states.
   */
  restored(
    length: number,
    records: readonly RemoteRecord[],
    {
      unanswered,
      uneven,
    }: { readonly unanswered: ReadonlySet<string>; readonly uneven: ReadonlySet<string> },
  ): void {
    const kept = new Set(this.log.entries.slice(0, length).flatMap(tokensOfEntry))
    const now = new Map(records.map((record) => [nameOf(record), record.data as Marked | undefined]))
    for (const entry of this.log.entries.slice(length)) {
      const name = nameOf(entry.record)
      // Of what is left in an older state, or comes back in one first, each device that had more brings that back, and
      // counts it. So does the device that does not know it had been applied.
      const mayRepeat = now.has(name) || uneven.has(name) || unanswered.has(entry.mutation.id)
      if (mayRepeat) this.uncounted.add(name)
      else this.broughtBack.add(name)
      this.#countsDown(RESTORE, name)
      this.#mayReturn.add(name)
      this.tally.gone(name, entry.record.data as Marked | undefined, now.get(name))
      for (const token of tokensOfEntry(entry)) if (!kept.has(token)) this.lost.add(token)
    }
    this.log.restored(length, records)
    this.lastWords.clear()
  }

  /** What this disk did may be gone, but for what was `kept`. */
  rolledBack(disk: number, kept: ReadonlySet<Attempt | Count>): void {
    // Whether it was applied no token tells.
    for (const record of this.tally.rolledBack(disk, kept)) this.#mayReturn.add(record)
    const applied = new Set(this.log.entries.flatMap(tokensOfEntry))
    for (const attempt of this.attempts) {
      if (attempt.disk !== disk || kept.has(attempt)) continue
      this.#uprooted.add(attempt)
      if (applied.has(attempt.token)) continue
      this.lost.add(attempt.token)
      // It may be under way.
      this.#mayReturn.add(attempt.record)
    }
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

  /**
   * W10: what others saved in one transaction is seen together, once it has come within one round; one's own always is.
   * A change of a record whose own mutation is unanswered is held, and seen later (W12).
   */
  shownPair(
    device: string,
    documents: readonly Marked[],
    store: { readonly disk: number; readonly isWhole: boolean; readonly held: readonly string[] },
  ): void {
    for (const token of halfTokens((id) => documents.find((document) => document.id === id))) {
      if (this.isExcused(token)) continue
      const isOwn = this.attempts.some(
        (attempt) => attempt.token === token && attempt.disk === store.disk && !this.#uprooted.has(attempt),
      )
      if (isOwn || (store.isWhole && !store.held.includes(token)))
        this.broken(`W10: ${device} shows only half of the transaction ${token}`)
    }
  }

  /** I6: whether the document has what was just added to it, as far as can be told of its record. */
  hasCounted(count: Count, document: Marked | undefined): boolean {
    return this.countedDown.has(count.record) || this.tally.hasOf(count, document)
  }

  /** True where its tokens do not tell all that was done to the record. */
  mayChangeUnmarked(record: string): boolean {
    return !this.tally.isUntouched(record) || this.#sentTwice.has(record) || this.#takenBack.has(record)
  }

  /** True for the token of an edit; other texts look like one by chance. */
  isToken(text: string): boolean {
    return this.#tokens.has(text)
  }

  isExcused(token: string): boolean {
    return this.killed.has(token) || this.lost.has(token)
  }
}

function tokensOfEntry({ record }: Entry): readonly string[] {
  return tokensOf(record.data as Marked | undefined)
}
