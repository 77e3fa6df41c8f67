/**
 * A sorted list in chunks, so that adding to a list of 100,000 moves a few hundred items and not all of them.
 * Places are found by a predicate that holds for a prefix of the list ("comes before what I look for").
 */

const CHUNK_SIZE = 512

/** True for the items that come before a place; once false, false for all that follow. */
export type IsBefore<T> = (item: T) => boolean

export class SortedList<T> {
  readonly #compare: (left: T, right: T) => number
  readonly #chunks: T[][] = []
  #size = 0

  constructor(compare: (left: T, right: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  /** Adds an item, in place of an equal one. */
  add(item: T): void {
    const place = this.#find((other) => this.#compare(other, item) < 0)
    const chunk = this.#chunks[place.chunk] ?? this.#lastChunk()
    const offset = place.chunk < this.#chunks.length ? place.offset : chunk.length
    const present = chunk[offset]
    if (present !== undefined && this.#compare(present, item) === 0) {
      chunk[offset] = item
      return
    }
    chunk.splice(offset, 0, item)
    this.#size += 1
    if (chunk.length > CHUNK_SIZE) this.#split(this.#chunks.indexOf(chunk))
  }

  /** Removes the item equal to this one, if there is one. */
  delete(item: T): void {
    const { chunk: index, offset } = this.#find((other) => this.#compare(other, item) < 0)
    const chunk = this.#chunks[index]
    const present = chunk?.[offset]
    if (chunk === undefined || present === undefined || this.#compare(present, item) !== 0) return
    chunk.splice(offset, 1)
    this.#size -= 1
    if (chunk.length === 0) this.#chunks.splice(index, 1)
  }

  /** How many items come before the place. */
  rank(isBefore: IsBefore<T>): number {
    const { chunk: index, offset } = this.#find(isBefore)
    let count = offset
    for (let before = 0; before < index; before++) count += this.#chunks[before]!.length
    return count
  }

  /** The last item before the place. */
  lastBefore(isBefore: IsBefore<T>): T | undefined {
    const { chunk: index, offset } = this.#find(isBefore)
    return offset > 0 ? this.#chunks[index]?.[offset - 1] : this.#chunks[index - 1]?.at(-1)
  }

  /** The items from the place on. The list must not change while it is walked. */
  *from(isBefore: IsBefore<T>): Generator<T, void, undefined> {
    const start = this.#find(isBefore)
    for (let index = start.chunk; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!
      for (let offset = index === start.chunk ? start.offset : 0; offset < chunk.length; offset++) {
        yield chunk[offset]!
      }
    }
  }

  #find(isBefore: IsBefore<T>): { readonly chunk: number; readonly offset: number } {
    const index = firstFalse(this.#chunks.length, (at) => isBefore(this.#chunks[at]!.at(-1)!))
    const chunk = this.#chunks[index] ?? []
    return { chunk: index, offset: firstFalse(chunk.length, (at) => isBefore(chunk[at]!)) }
  }

  #lastChunk(): T[] {
    const last = this.#chunks.at(-1)
    if (last !== undefined) return last
    const first: T[] = []
    this.#chunks.push(first)
    return first
  }

  /** Splits near the end where the last chunk grew, since most lists are filled in rising order. */
  #split(index: number): void {
    const chunk = this.#chunks[index]!
    const isLast = index === this.#chunks.length - 1
    this.#chunks.splice(index + 1, 0, chunk.splice(isLast ? CHUNK_SIZE : CHUNK_SIZE >> 1))
  }
}

/** Binary search: the first place in `0..length` where the predicate no longer holds. */
function firstFalse(length: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}
