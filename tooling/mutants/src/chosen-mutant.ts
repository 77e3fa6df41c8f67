import { MUTANTS } from './catalog/index.ts'
import type { Mutant } from './mutant.ts'

/** The mutant this process runs with; null for none. */
export function chosenMutant(): Mutant | null {
  const name = process.env['SYNCLAYER_MUTANT']
  return name === undefined || name === '' ? null : mutantNamed(name)
}

/** Throws a RangeError where there is none of this name. */
export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((candidate) => candidate.name === name)
  if (mutant === undefined) throw new RangeError(`There is no mutant ${name}.`)
  return mutant
}
