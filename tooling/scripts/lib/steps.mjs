// The steps of a check, and the runner that does them in their order: every step runs whatever failed before it, and the
// last line is always the sum of all tests.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { resetAgainst } from './against.mjs'
import { provideBrowser } from './browser.mjs'
import { build } from './build.mjs'
import { reportsFolder } from './repository.mjs'
import { run, runScript, runScriptHeld } from './run.mjs'
import { lacksOnlyServers, provideServers, releaseServers, resetUsages, resultsOf } from './servers.mjs'
import { complaintsOf, readReport, sum, table } from './test-report.mjs'

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<number>} run gives an exit code
 * @property {string} [report] the step runs tests and writes this report
 * @property {string} [needs] the name of a step that must have passed
 */

/** @satisfies {Record<string, Step>} */
export const steps = {
  format: {
    name: 'format',
    run: () => run('prettier', ['--check', '--cache', '--log-level=warn', '.'], { held: true }),
  },
  lint: { name: 'lint', run: () => runScriptHeld('lint.mjs') },
  types: { name: 'types', run: () => runScriptHeld('check-types.mjs') },
  docs: { name: 'docs', run: () => runScriptHeld('check-docs.mjs') },
  spec: { name: 'spec', run: () => runScriptHeld('check-spec.mjs') },
  features: { name: 'features', run: () => runScriptHeld('check-features.mjs') },
  browser: { name: 'browser', run: () => provideBrowser() },
  unit: {
    name: 'unit tests',
    report: 'unit',
    run: () => vitest('unit', 'vitest.config.ts', { SYNCLAYER_SERVER_TESTS: 'none' }),
  },
  serversUp: { name: 'servers', run: () => provideServers() },
  serverTests: {
    name: 'tests with servers',
    report: 'server-tests',
    run: () => vitest('server-tests', 'vitest.config.ts', {}, '.server.test.', '--passWithNoTests'),
  },
  serversDown: { name: 'servers end', run: () => releaseServers() },
  build: { name: 'build', run: () => build() },
  integration: {
    name: 'integration tests',
    report: 'integration',
    needs: 'build',
    run: () => vitest('integration', 'tooling/e2e/vitest.config.ts'),
  },
  simulation: {
    name: 'simulation',
    report: 'simulation',
    needs: 'build',
    run: () =>
      run('node', [
        'tooling/simulation/dist/main.js',
        '--seeds',
        '10000',
        '--report',
        reportOf('simulation'),
      ]),
  },
  exhaustive: {
    name: 'every run of a small world',
    report: 'exhaustive',
    needs: 'build',
    run: () =>
      run('node', ['tooling/simulation/dist/main.js', '--exhaustive', '--report', reportOf('exhaustive')]),
  },
  mutants: {
    name: 'mutants, a few',
    report: 'mutants',
    needs: 'build',
    run: () => run('node', ['tooling/mutants/dist/main.js', '--quick', '--report', reportOf('mutants')]),
  },
  size: { name: 'size', needs: 'build', run: () => runScript('check-size.mjs') },
  packages: { name: 'packages', needs: 'build', run: () => runScript('check-package.mjs') },
}

/** @param {string} name */
function reportOf(name) {
  return path.join(reportsFolder, `${name}.json`)
}

/**
 * Files whose server is missing are no failure of the step: {@link conclude} tells that they were not run.
 * @param {string} report @param {string} config @param {NodeJS.ProcessEnv} [env] @param {string[]} more
 */
async function vitest(report, config, env = {}, ...more) {
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${reportOf(report)}`]
  const code = await run('vitest', ['run', `--config=${config}`, ...reporters, ...more], { env })
  return code !== 0 && lacksOnlyServers(readReport(report)) ? 0 : code
}

/**
 * Runs the steps, those of a list two at a time, and prints what ran, what failed, and the counts. Gives the exit code.
 * @param {readonly (Step | readonly Step[])[]} chosen
 */
export async function runSteps(chosen) {
  mkdirSync(reportsFolder, { recursive: true })
  const all = chosen.flat()
  for (const { report } of all)
    if (report) rmSync(path.join(reportsFolder, `${report}.json`), { force: true })
  resetAgainst()
  resetUsages()
  /** @type {string[]} */
  const failed = []
  for (const each of chosen) {
    const together = [each].flat()
    console.log(`\n== ${together.map(({ name }) => name).join(', ')}`)
    await Promise.all(Array.from({ length: 2 }, () => runAll(together, failed)))
  }
  return conclude(all, failed)
}

/** Takes step by step from the list, until none is left. @param {Step[]} left @param {string[]} failed */
async function runAll(left, failed) {
  for (let step = left.shift(); step !== undefined; step = left.shift()) {
    const began = performance.now()
    if (step.needs && failed.includes(step.needs)) {
      console.log(`== ${step.name}: NOT RUN, since ${step.needs} failed`)
      failed.push(`${step.name} (not run)`)
      continue
    }
    const code = await step.run()
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`== ${step.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
    if (code !== 0) failed.push(step.name)
  }
}

/** @param {readonly Step[]} chosen @param {string[]} failed */
function conclude(chosen, failed) {
  const reports = chosen.flatMap(({ report }) => (report === undefined ? [] : [readReport(report)]))
  const { rows, backends, notRun } = resultsOf(reports)
  const total = sum(rows)
  console.log(`\n${table(rows)}\n`)
  if (backends !== '') console.log(`${backends}\n`)
  for (const line of notRun) console.log(`NOT RUN: ${line}`)
  const isRequired = process.env['SYNCLAYER_SERVERS'] === 'required'
  const complaints = complaintsOf({ failed, total, notRun, isRequired })
  if (complaints.length > 0) console.log(`Failed: ${complaints.join(', ')}`)
  console.log(countsLine(total))
  return complaints.length === 0 ? 0 : 1
}

/** The last line of every run. @param {import('./test-report.mjs').Counts} counts */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
