// `npm run check`: what to run before every commit. The quick part of `npm test`: nothing is built.
import { runSteps, steps } from './lib/steps.mjs'

process.exitCode = await runSteps([steps.format, steps.lint, steps.types, steps.unit])
