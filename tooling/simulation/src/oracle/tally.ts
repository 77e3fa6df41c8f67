/**
 * Edits that leave no token: several users add the same number to the field `hits`, so that their documents are equal.
 *
 * Every such wave has a number of its own, a power of 32. So the field, written in base 32, has a digit for each wave: how
 * many of its edits are in the document. Each device edits once, and each restore may count what it took once more for each
 * of them (R11): with four devices fewer than 32 ever are.
 */
import type { Marked } from '../scenario/collections.ts'

const BASE = 32
/** As many as fit into a number that is exact. */
export const MOST_WAVES = 10

/** The number the edits of a record's nth wave add. */
export function numberOfWave(wave: number): number {
  return BASE ** wave
}

/** One edit of a wave. */
export interface Count {
  readonly record: string
  readonly disk: number
  readonly wave: number
  readonly atMs: number
  acknowledged: boolean
}

/** How many edits of each wave are in the sum; null where it does not tell. */
function digitsOf(hits = 0): readonly number[] | null {
  if (!Number.isSafeInteger(hits) || hits < 0 || hits >= BASE ** MOST_WAVES) return null
  return Array.from(hits.toString(BASE), (digit) => Number.parseInt(digit, BASE)).toReversed()
}

export class Tally {
  readonly #counts: Count[] = []
  /** Of each record and wave: how many edits may be gone, since users deleted them or the run took them away. */
  readonly #gone = new Map<string, number[]>()
  /** Of each record: what may have been taken away from a document that never had it. */
  readonly #takenAway = new Map<string, number[]>()
  readonly #twins = new Set<string>()

  get acknowledged(): readonly Count[] {
    return this.#counts.filter(({ acknowledged }) => acknowledged)
  }

  /** A user begins to add that number. */
  attempted(record: string, number: number, disk: number, atMs: number): Count {
    const wave = Math.round(Math.log2(number) / Math.log2(BASE))
    // What two copies of a store do alike in one moment is the same to everyone.
    const isTwin = this.#counts.some(
      (other) =>
        other.record === record &&
        other.wave === wave &&
        other.atMs === atMs &&
        this.#twins.has(pairOf(other.disk, disk)),
    )
    if (isTwin) this.#goes(record, wave, 1)
    const count = { record, disk, wave, atMs, acknowledged: false }
    this.#counts.push(count)
    return count
  }

  /** One of both disks holds a copy of the other's store from now on. */
  copied(from: number, to: number): void {
    this.#twins.add(pairOf(from, to))
  }

  /** Nothing was written. */
  refused(count: Count): void {
    this.#counts.splice(this.#counts.indexOf(count), 1)
  }

  /** True where nobody ever counted in it. */
  isUntouched(record: string): boolean {
    return !this.#counts.some((count) => count.record === record)
  }

  /** True where somebody is at it, or died while being at it. */
  isUnderWay(record: string): boolean {
    return this.#counts.some((count) => count.record === record && !count.acknowledged)
  }

  /** What is in the document may be gone from now on, but for what is in `kept` too. */
  gone(record: string, document: Marked | null | undefined, kept?: Marked | null): void {
    const [digits, others] = [digitsOf(document?.hits), digitsOf(kept?.hits)]
    digits?.forEach((digit, wave) => this.#goes(record, wave, Math.max(0, digit - (others?.[wave] ?? 0))))
  }

  /** All that is in this document may be taken away from another that was created in its place. */
  mayTakeAway(record: string, { hits = 0 }: Marked): void {
    this.#takenAway.set(record, [...(this.#takenAway.get(record) ?? []), hits])
  }

  /** This one may be gone. */
  deletedWith({ record, wave }: Count): void {
    this.#goes(record, wave, 1)
  }

  /** What this disk is about to write may be gone. */
  discarded(record: string, disk: number): void {
    for (const count of this.#counts)
      if (count.record === record && count.disk === disk && !count.acknowledged)
        this.#goes(record, count.wave, 1)
  }

  /** What this disk did may be gone, but for what was `kept`; or it may be under way. The records in question. */
  rolledBack(disk: number, kept: ReadonlySet<object>): ReadonlySet<string> {
    const uprooted = this.#counts.filter((count) => count.disk === disk && !kept.has(count))
    for (const { record, wave } of uprooted) this.#goes(record, wave, 1)
    return new Set(uprooted.map(({ record }) => record))
  }

  /** True where the document has an edit of the wave, or none needs to be there. */
  hasOf(count: Count, document: Marked | undefined): boolean {
    if ((this.#gone.get(count.record)?.[count.wave] ?? 0) > 0) return true
    return this.#sumsOf(count.record, document).some((hits) => (digitsOf(hits)?.[count.wave] ?? 0) > 0)
  }

  /** The records that anybody counted in. */
  get records(): ReadonlySet<string> {
    return new Set(this.#counts.map(({ record }) => record))
  }

  /**
   * What is wrong with the document that all agreed upon in the end. Each edit that was acknowledged is in it, once, but
   * for what is gone; one that its process died of may be. `mayRepeat`: edits may be in it twice.
   */
  judge(record: string, document: Marked | undefined, mayRepeat: boolean): readonly string[] {
    const verdicts = this.#sumsOf(record, document).map((hits) => this.#judgeSum(record, hits, mayRepeat))
    return verdicts.find(({ length }) => length === 0) ?? verdicts[0]!
  }

  #judgeSum(record: string, hits: number, mayRepeat: boolean): readonly string[] {
    const digits = digitsOf(hits)
    if (digits === null) return [`I3: ${record} counts ${hits}, which no edits add up to`]
    const counts = this.#counts.filter((count) => count.record === record)
    return Array.from({ length: MOST_WAVES }, (_, wave) => {
      const ofWave = counts.filter((count) => count.wave === wave)
      const least = ofWave.filter(({ acknowledged }) => acknowledged).length - this.#goneOf(record, wave)
      const digit = digits[wave] ?? 0
      const what = `edits that added ${numberOfWave(wave)} to ${record}`
      if (digit < least) return [`I2: of at least ${least} ${what}, ${digit} are there`]
      if (digit > ofWave.length && !mayRepeat)
        return [`I3: of at most ${ofWave.length} ${what}, ${digit} are there`]
      return []
    }).flat()
  }

  /** What the document counts, and what it would count if nothing had been taken away from it. */
  #sumsOf(record: string, document: Marked | undefined): readonly number[] {
    if (document === undefined) return [0]
    const { hits = 0 } = document
    return [hits, ...(this.#takenAway.get(record) ?? []).map((taken) => hits + taken)]
  }

  #goes(record: string, wave: number, many: number): void {
    const gone = this.#gone.get(record) ?? []
    gone[wave] = (gone[wave] ?? 0) + many
    this.#gone.set(record, gone)
  }

  #goneOf(record: string, wave: number): number {
    return this.#gone.get(record)?.[wave] ?? 0
  }
}

function pairOf(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
