/**
 * What must be so, told from what the app did and what went over the wire, without a line of the engine's.
 *
 * Every edit leaves a mark in the document, a field of its own that nothing else writes. So a document tells which edits
 * it holds, and an edit or a delete is known to have seen those that were in the document when it was made.
 */
import type { PushRequest, PushResponse, RemoteRecord } from '@synclayer/core/adapter'
import type { Item } from './device.ts'

export type Kind = 'x' | 'y' | 'n' | 'delete'

export interface Operation {
  readonly number: number
  readonly kind: Kind
  readonly device: string
  /** The edits it was made upon. */
  readonly seen: ReadonlySet<number>
}

export interface OracleState {
  readonly operations: readonly (Omit<Operation, 'seen'> & { readonly seen: readonly number[] })[]
  readonly applied: readonly string[]
  readonly version: string | null
  readonly sent: readonly (readonly [id: string, mutation: string])[]
  readonly settled: readonly (readonly [clientId: string, n: number])[]
}

/** A rule that was broken. */
export class Violation extends Error {}

export class Oracle {
  /** What took place: its commit was made, whether the app heard of it or not. */
  readonly #operations: Operation[] = []
  /** The mutation that made each state of the backend's record, in order. */
  readonly #applied: string[] = []
  #version: string | null = null
  readonly #sent = new Map<string, string>()
  readonly #settled = new Map<string, number>()

  /** What it was told, as a value. */
  state(): OracleState {
    const operations = this.#operations.map((operation) => ({ ...operation, seen: [...operation.seen] }))
    const [sent, settled] = [[...this.#sent], [...this.#settled]]
    return { operations, applied: [...this.#applied], version: this.#version, sent, settled }
  }

  /** Goes on from what another was told. */
  restore({ operations, applied, version, sent, settled }: OracleState): void {
    for (const operation of operations) this.tookPlace({ ...operation, seen: new Set(operation.seen) })
    this.#applied.push(...applied)
    this.#version = version
    for (const [id, text] of sent) this.#sent.set(id, text)
    for (const [client, least] of settled) this.#settled.set(client, least)
  }

  tookPlace(operation: Operation): void {
    this.#operations.push(operation)
  }

  /** A push was carried out: the record is now as given. */
  pushed(request: PushRequest, response: PushResponse, record: RemoteRecord | undefined): void {
    for (const mutation of request.mutations) {
      const text = JSON.stringify(mutation)
      const before = this.#sent.get(mutation.id)
      if (before !== undefined && before !== text)
        throw new Violation(`${mutation.id} was sent again with another content (W3)`)
      this.#sent.set(mutation.id, text)
    }
    if (record !== undefined && record.version !== this.#version) {
      if (this.#version !== null && record.version < this.#version)
        throw new Violation(`version ${record.version} comes after ${this.#version}`)
      this.#version = record.version
      const by = record.mutation ?? 'nobody'
      if (this.#applied.includes(by)) throw new Violation(`${by} was applied twice (I3)`)
      if (!request.mutations.some(({ id }) => id === by)) throw new Violation(`${by} was applied unasked`)
      this.#applied.push(by)
    }
    const { clientId } = request
    const settled = Math.max(this.#settled.get(clientId) ?? 0, request.settled)
    this.#settled.set(clientId, settled)
    for (const { id, status } of response.results) {
      // What comes late, after its client has heard of it, may be forgotten.
      if (Number(id.slice(clientId.length + 1)) < settled) continue
      const isApplied = this.#applied.includes(id)
      if (status === 'accepted' && !isApplied)
        throw new Violation(`${id} was acknowledged and not applied (I2)`)
      if (status !== 'accepted' && isApplied)
        throw new Violation(`${id} was applied and answered as ${status} (A3)`)
    }
  }

  /** A device sees its own edits, until a delete that knew of them (I6). */
  sees(device: string, item: Item | undefined): void {
    const marks = marksOf(item)
    for (const { number } of this.#living()) {
      const own = this.#operations.some((other) => other.number === number && other.device === device)
      if (own && !marks.has(number)) throw new Violation(`${device} no longer sees its edit ${number} (I6)`)
    }
  }

  /** All is healed: every replica holds `item`, undefined where it is deleted. */
  finally(item: Item | undefined): void {
    const living = this.#living()
    const marks = marksOf(item)
    if (living.length === 0 && item !== undefined)
      throw new Violation(`the record was deleted, and is back: ${JSON.stringify(item)} (I5)`)
    for (const { number, kind } of living)
      if (!marks.has(number)) throw new Violation(`edit ${number} of ${kind} is lost (I2)`)
    if (item === undefined) return
    for (const mark of marks)
      if (!this.#operations.some(({ number }) => number === mark))
        throw new Violation(`edit ${mark} never took place, and is there`)
    this.#counts(item, marks)
    for (const field of ['x', 'y'] as const) this.#shows(item, field, living)
  }

  /** The edits that no delete knew of: an edit beats a delete (C2). */
  #living(): readonly Operation[] {
    const deletes = this.#operations.filter(({ kind }) => kind === 'delete')
    return this.#operations.filter(
      ({ kind, number }) => kind !== 'delete' && !deletes.some(({ seen }) => seen.has(number)),
    )
  }

  /**
   * Every increment in the document counts, once (I3). Creating the record again after a delete removes the field and the
   * marks, and of such an edit and another the later stands: then no more can be said than that none counts twice.
   */
  #counts(item: Item, marks: ReadonlySet<number>): void {
    const all = this.#operations.filter(({ kind }) => kind === 'n')
    const increments = all.filter(({ number }) => marks.has(number)).length
    const count = Number(item['n'] ?? 0)
    const isRight = this.#hasDeletes() ? count <= all.length : count === increments
    if (!isRight) throw new Violation(`n is ${count} after ${increments} increments (I3)`)
  }

  #hasDeletes(): boolean {
    return this.#operations.some(({ kind }) => kind === 'delete')
  }

  /**
   * A field shows one of its edits, and none that another of them had seen (I2). After a delete it may also be gone, or
   * be what it was at the start: an edit that beats the delete brings the rest of its document back.
   */
  #shows(item: Item, field: 'x' | 'y', living: readonly Operation[]): void {
    const shown = item[field]
    const edits = living.filter(({ kind }) => kind === field)
    if (edits.length === 0 || (this.#hasDeletes() && (shown === undefined || shown === 0))) return
    const by = this.#operations.find(({ kind, number }) => kind === field && number === shown)
    if (by === undefined) throw new Violation(`${field} is ${String(shown)}, which nobody saved (I2)`)
    const over = edits.find(({ seen }) => seen.has(by.number))
    if (over !== undefined)
      throw new Violation(`${field} is ${by.number} again, after ${over.number} was saved over it (I2)`)
  }
}

/** The edits that a document holds. */
export function marksOf(item: Item | undefined): ReadonlySet<number> {
  const marks = Object.keys(item ?? {}).flatMap((key) => /^t(\d+)$/.exec(key)?.[1] ?? [])
  return new Set(marks.map(Number))
}
