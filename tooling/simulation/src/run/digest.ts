/** One short name for a whole trace: equal traces have equal names. */
import { createHash } from 'node:crypto'
import type { Scenario } from '../scenario/scenario.ts'
import { runScenario } from './run-scenario.ts'

export async function digestOfTrace(scenario: Scenario): Promise<string> {
  const hash = createHash('sha256')
  await runScenario(scenario, (line) => hash.update(`${line}\n`))
  return hash.digest('hex')
}
