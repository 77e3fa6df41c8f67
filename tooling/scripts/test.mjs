// `npm test`: everything, from an empty clone: installs, checks format, lint and types, runs the unit and integration
// tests of every package, and checks what would be published. Its last line is `N passed, N failed, N skipped`.
import { bootstrapOrExplain } from './bootstrap.mjs'
import { countsLine, runSteps, steps } from './lib/steps.mjs'

if (await bootstrapOrExplain()) {
  process.exitCode = await runSteps([
    [steps.types, steps.docs, steps.lint, steps.format, steps.spec, steps.features],
    steps.browser,
    steps.unit,
    steps.build,
    steps.serversUp,
    steps.serverTests,
    steps.integration,
    steps.serversDown,
    steps.simulation,
    steps.exhaustive,
    steps.mutants,
    steps.size,
    steps.packages,
  ])
} else {
  console.log(countsLine({ passed: 0, failed: 0, skipped: 0 }))
  process.exitCode = 1
}
