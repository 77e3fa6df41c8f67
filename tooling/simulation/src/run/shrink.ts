/**
 * Makes a failing scenario short: steps are left out, in ever smaller pieces, for as long as the same rule stays broken
 * (delta debugging). Then whole devices go quiet, where they may.
 */
import type { Scenario, Step } from '../scenario/scenario.ts'

/** The rule a violation is about, such as `I2`. */
export function ruleOf(violation: string): string {
  return violation.split(':', 1)[0]!
}

/** The scenario with steps left out. `stillFails` decides; at most `mostRuns` are tried. */
export async function shrink(
  scenario: Scenario,
  stillFails: (candidate: Scenario) => Promise<boolean>,
  mostRuns = 400,
): Promise<Scenario> {
  let { steps } = scenario
  let runs = 0
  const fails = async (candidate: readonly Step[]): Promise<boolean> => {
    runs += 1
    return stillFails({ ...scenario, steps: candidate })
  }
  for (let size = Math.ceil(steps.length / 2); size >= 1 && runs < mostRuns;) {
    let shorter = false
    for (let from = 0; from < steps.length && runs < mostRuns;) {
      const candidate = [...steps.slice(0, from), ...steps.slice(from + size)]
      if (await fails(candidate)) {
        steps = candidate
        shorter = true
      } else from += size
    }
    if (size === 1 && !shorter) break
    size = shorter && size === 1 ? 1 : Math.max(1, Math.floor(size / 2))
  }
  return { ...scenario, steps }
}
