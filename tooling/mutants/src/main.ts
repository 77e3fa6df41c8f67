/**
 * `pnpm mutants`: plants one bug at a time and lets the proofs run, which must all find it out. Exits with 1 where one
 * survives. `--only NAME` (again for more), `--quick` for a few, `--write` keeps docs/reference/mutants.md true.
 */
import { parseArgs } from 'node:util'
import { MUTANTS } from './catalog/index.ts'
import { mutantNamed } from './chosen-mutant.ts'
import type { Mutant, Proof } from './mutant.ts'
import { prove } from './prove.ts'
import { writePage } from './page.ts'
import { writeReport } from './report.ts'
import { isCaught, type Result, toLine } from './table.ts'

/** One of each kind, quickly found out. */
const QUICK = [
  'settled-too-early',
  'stale-commit-taken-for-done',
  'memory-half-a-batch',
  'push-overwrites',
  'no-leave',
]
const AT_ONCE = 2

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean' },
    write: { type: 'boolean' },
    report: { type: 'string' },
  },
})
const names = values.quick ? QUICK : values.only
const chosen = names === undefined ? MUTANTS : names.map(mutantNamed)
const began = performance.now()
const results = await all(chosen, planted)
// A proof that fails anyway finds nothing out. In a quick run the rest of the tests says so.
const control = values.quick ? [] : await all(proofsOf(chosen), (proof) => prove(null, proof))
const broken = control.filter(({ found, trouble }) => found !== null || trouble !== undefined)
for (const { proof, found, trouble } of broken)
  console.log(`FAILS WITHOUT A MUTANT: ${proof}: ${found ?? trouble}`)
const survivors = results.filter((result) => !isCaught(result))
const seconds = ((performance.now() - began) / 1_000).toFixed(0)
console.log(`${results.length - survivors.length} of ${results.length} mutants caught in ${seconds} s.`)
if (survivors.length > 0) console.log(`Survived: ${survivors.map(({ mutant }) => mutant.name).join(', ')}`)
if (values.write && names === undefined) writePage(results)
if (values.report !== undefined) writeReport(values.report, results)
process.exitCode = survivors.length + broken.length === 0 ? 0 : 1

async function planted(mutant: Mutant): Promise<Result> {
  const findings = []
  for (const proof of mutant.proofs) findings.push(await prove(mutant, proof))
  const result = { mutant, findings }
  console.log(toLine(result))
  return result
}

function proofsOf(mutants: readonly Mutant[]): readonly Proof[] {
  return [...new Set(mutants.flatMap(({ proofs }) => proofs))]
}

/** A few at a time; the results in the order of the items. */
async function all<Item, Outcome>(
  items: readonly Item[],
  work: (item: Item) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) outcomes[index] = await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return outcomes
}
