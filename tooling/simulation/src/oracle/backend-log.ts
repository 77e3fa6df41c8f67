/** The oracle's own book of what the backend committed, and the rules each commit must keep by itself. */
import type { Mutation, RemoteRecord } from '@synclayer/core/adapter'
import type { Marked } from '../scenario/collections.ts'
import { halfTokens } from './pair.ts'

export interface Entry {
  readonly mutation: Mutation
  readonly record: RemoteRecord
}

/** As much as the adapters' contract lets a time be ahead. */
const AHEAD_MS = 60_000

export class BackendLog {
  /** What is in the backend's history now; a restore takes its end away. */
  readonly entries: Entry[] = []
  /** Rises with everything that happens to the backend, so that it names a state of it. */
  moment = 0
  /** Mutations that may be applied once more, since the backend was made to forget them too early. */
  readonly forgotten = new Set<string>()
  readonly #broken: (rule: string) => void
  readonly #isExcused: (token: string) => boolean
  readonly #current = new Map<string, RemoteRecord>()
  readonly #versions = new Set<string>()

  constructor(broken: (rule: string) => void, isExcused: (token: string) => boolean) {
    this.#broken = broken
    this.#isExcused = isExcused
  }

  /** The latest state of a record; undefined where there is none, not even a tombstone. */
  current(name: string): RemoteRecord | undefined {
    return this.#current.get(name)
  }

  committed(applied: readonly Entry[], nowMs: number): void {
    this.moment += 1
    for (const entry of applied) this.#add(entry, nowMs)
    this.#checkGroups(applied)
    this.#checkPair()
  }

  /** Everything stored was put back to that: `length` entries remain. */
  restored(length: number, records: readonly RemoteRecord[]): void {
    this.moment += 1
    this.entries.length = length
    this.reset(records)
  }

  /** What is stored now: tombstones may have been purged. */
  reset(records: readonly RemoteRecord[]): void {
    this.#current.clear()
    for (const record of records) this.#current.set(nameOf(record), record)
  }

  #add({ mutation, record }: Entry, nowMs: number): void {
    const name = nameOf(record)
    const before = this.#current.get(name)
    const what = `${mutation.id} on ${name}`
    if ((before?.version ?? null) !== mutation.base)
      this.#broken(`A2: ${what} was applied on ${before?.version ?? 'nothing'}, made on ${mutation.base}`)
    if (before !== undefined && record.version <= before.version)
      this.#broken(`A2: the version ${record.version} of ${name} does not come after ${before.version}`)
    const version = `${name} ${record.version}`
    if (this.#versions.has(version)) this.#broken(`A2: the version ${record.version} came twice`)
    const isAgain = this.entries.some(
      (entry) => entry.mutation.id === mutation.id && entry.mutation.time === mutation.time,
    )
    if (isAgain && !this.forgotten.has(mutation.id)) this.#broken(`I3: ${what} was applied twice`)
    if (parseInt(record.time.slice(0, 12), 16) > nowMs + AHEAD_MS)
      this.#broken(`T4: the time ${record.time} of ${name} is more than a minute ahead`)
    if (record.collection === 'drafts') this.#broken(`D13: ${name} left the device`)
    this.#versions.add(version)
    this.#current.set(name, record)
    this.entries.push({ mutation, record })
  }

  /**
   * All of a group is in one commit. Two copies of a store each send the whole of it, so what has a record in common is no
   * other part of the same.
   */
  #checkGroups(applied: readonly Entry[]): void {
    const now = recordsByGroup(applied)
    if (now.size === 0) return
    const before = recordsByGroup(this.entries.slice(0, this.entries.length - applied.length))
    for (const [group, records] of now) {
      const others = before.get(group)
      if (others !== undefined && [...records].every((record) => !others.has(record)))
        this.#broken(`A10: the group ${group} was applied in two parts`)
    }
  }

  /** The pair is only ever changed together. */
  #checkPair(): void {
    const half = halfTokens((id) => this.#current.get(`pairs/${id}`)?.data as Marked | undefined)
    // What was deleted may have been seen, and so be kept, in one of them only.
    for (const token of half)
      if (!this.#isExcused(token))
        this.#broken(`A10: only half of the transaction ${token} is on the backend`)
  }
}

function groupOf({ id, group }: Mutation): string | null {
  return group === undefined ? null : `${group} of ${id.slice(0, id.lastIndexOf('.'))}`
}

function recordsByGroup(entries: readonly Entry[]): ReadonlyMap<string, Set<string>> {
  const records = new Map<string, Set<string>>()
  for (const { mutation, record } of entries) {
    const group = groupOf(mutation)
    if (group !== null) records.set(group, (records.get(group) ?? new Set()).add(nameOf(record)))
  }
  return records
}

export function nameOf(record: { readonly collection: string; readonly id: string }): string {
  return `${record.collection}/${record.id}`
}
