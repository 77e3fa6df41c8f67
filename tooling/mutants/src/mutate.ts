import type { Mutant } from './mutant.ts'

/** The source with the bug in it. Throws where the text to be replaced is not there exactly once: the mutant has rotted. */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(`Mutant ${name}: its text occurs ${parts.length - 1} times in ${file}, not once.`)
  return parts.join(replace)
}
