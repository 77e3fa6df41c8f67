// `npm run check`: what to run before every commit. The quick part of `npm test`: nothing is built, and what goes on for a
// time goes on for a moment; what needs a browser, a server or other processes is left to `npm test`.
import { runSteps, steps } from './lib/steps.mjs'

process.env['SYNCLAYER_CONFORMANCE_MS'] ??= '1500'
// vitest.config.ts reads it.
process.env['SYNCLAYER_BROWSER_TESTS'] ??= 'none'
process.env['SYNCLAYER_SERVER_TESTS'] ??= 'none'
process.exitCode = await runSteps([[steps.types, steps.lint, steps.format], steps.unit])
