/** Ranges of texts, as IndexedDB takes them. */

export interface TextRange {
  readonly lower: string
  readonly lowerOpen: boolean
  readonly upper: string
  readonly upperOpen: boolean
}

/** The range as IndexedDB takes it; null where it is empty, which IndexedDB refuses. */
export function toKeyRange({ lower, lowerOpen, upper, upperOpen }: TextRange): IDBKeyRange | null {
  if (lower > upper || (lower === upper && (lowerOpen || upperOpen))) return null
  return IDBKeyRange.bound(lower, upper, lowerOpen, upperOpen)
}

/** The part of a range behind a text. */
export function behind(range: TextRange, text: string): TextRange {
  return text < range.lower ? range : { ...range, lower: text, lowerOpen: true }
}

/** The part of a range before a text. */
export function before(range: TextRange, text: string): TextRange {
  return text > range.upper ? range : { ...range, upper: text, upperOpen: true }
}
