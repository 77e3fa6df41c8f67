/** The result as a table of Markdown: for people who read it in a terminal, and for the documentation. */
import type { Mutant } from './mutant.ts'
import type { Finding } from './prove.ts'

/** Of what a proof said, in the page. */
const MOST_CHARACTERS = 120

export interface Result {
  readonly mutant: Mutant
  readonly findings: readonly Finding[]
}

/** True where every proof found the mutant out. */
export function isCaught({ findings }: Result): boolean {
  return findings.every(({ found }) => found !== null)
}

/** One line for a terminal. */
export function toLine(result: Result): string {
  const { mutant, findings } = result
  const parts = findings.map(({ proof, found, ms, trouble }) => {
    const seconds = `${(ms / 1_000).toFixed(1)} s`
    if (trouble !== undefined) return `  COULD NOT RUN ${proof}, ${seconds}:\n${trouble}`
    return found === null ? `  MISSED by ${proof}, ${seconds}` : `  ${proof}, ${seconds}: ${found}`
  })
  return [`${isCaught(result) ? 'caught' : 'SURVIVED'} ${mutant.name}: ${mutant.what}`, ...parts].join('\n')
}

/** The rows of the documentation's table. Times differ from run to run and are left out. */
export function toTable(results: readonly Result[]): string {
  const rows = results.map(({ mutant, findings }) => {
    const proofs = findings.map(({ proof, found }) => `${nameOf(proof)}: ${short(found ?? 'MISSED')}`)
    return [`\`${mutant.name}\``, mutant.what, `\`${mutant.file}\``, proofs.join('<br>')]
  })
  const lines = [['mutant', 'what is wrong', 'where', 'found out by'], ['---', '---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.map(escape).join(' | ')} |`).join('\n')
}

function short(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}

function nameOf(proof: string): string {
  return proof.endsWith('.test.ts') ? `\`${proof.split('/').at(-1)!}\`` : `the ${proof} runs`
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}
