/** The result as a report of tests, in the shape of vitest's own, so that the sum of a whole run counts it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './repository.ts'
import { isCaught, type Result } from './table.ts'

/** Writes the report: each mutant is a test, which passes where it was caught. */
export function writeReport(file: string, results: readonly Result[]): void {
  const assertionResults = results.map((result) => ({
    title: `catches ${result.mutant.name}`,
    status: isCaught(result) ? 'passed' : 'failed',
  }))
  const status = results.every(isCaught) ? 'passed' : 'failed'
  const name = join(root, 'tooling/mutants/src/main.ts')
  writeFileSync(file, JSON.stringify({ testResults: [{ name, status, assertionResults }] }))
}
