/** Scenarios that once broke a rule, kept as files and run first. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Scenario } from '../scenario/scenario.ts'

const FOLDER = new URL('../../regressions/', import.meta.url)

export interface Regression {
  readonly name: string
  readonly scenario: Scenario
}

export function readRegressions(): readonly Regression[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return files.sort().map((name) => ({ name, scenario: readScenario(new URL(name, FOLDER)) }))
}

/** A scenario as `--replay` takes it, and as a failure is written. */
export function readScenario(file: string | URL): Scenario {
  const { scenario } = JSON.parse(readFileSync(file, 'utf8')) as { readonly scenario: Scenario }
  return scenario
}
