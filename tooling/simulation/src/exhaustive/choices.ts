/**
 * A run is the list of the choices made in it. Running again with a changed last choice, depth first, walks through
 * every run there is; running with the same list is the same run.
 */
export interface Choice {
  readonly taken: number
  readonly of: number
}

/** Answers the choices of one run: the given ones first, from then on always the first option. */
export class Choices {
  readonly #given: readonly number[]
  readonly made: Choice[] = []

  constructor(given: readonly number[]) {
    this.#given = given
  }

  /** One of `of` options. Where there is only one, nothing is chosen and nothing noted. */
  take(of: number): number {
    if (of < 2) return 0
    const taken = this.#given[this.made.length] ?? 0
    if (taken >= of)
      throw new RangeError(`Choice ${this.made.length} is ${taken}, but there are ${of} options.`)
    this.made.push({ taken, of })
    return taken
  }
}

/** The choices that begin the next run, depth first; null after the last with the same first `fixed` choices. */
export function nextRun(made: readonly Choice[], fixed = 0): readonly number[] | null {
  const last = made.findLastIndex(({ taken, of }) => taken + 1 < of)
  if (last < fixed) return null
  return made.slice(0, last + 1).map(({ taken }, index) => (index === last ? taken + 1 : taken))
}
