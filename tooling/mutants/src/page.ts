/** `docs/reference/mutants.md`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Result, toTable } from './table.ts'
import { root } from './repository.ts'

const HEAD = `# Mutants

A proof that cannot fail proves nothing. So bugs are planted on purpose, one at a time, and each must be found out by every
proof that is named for it. The code carries no switches: a mutant is a text of one source file and what stands in its
place, put in when the file is loaded (\`tooling/mutants\`).

\`pnpm mutants\` plants them all, runs the proofs without any as well, and fails where one survives; \`pnpm mutants --only NAME\`
plants one. This page is written by \`pnpm mutants --write\`. That all of them still apply is checked by \`npm test\`, which
also plants a few.

<!-- prettier-ignore -->
`

/** Writes the page anew. */
export function writePage(results: readonly Result[]): void {
  writeFileSync(join(root, 'docs/reference/mutants.md'), `${HEAD}${toTable(results)}\n`)
}
