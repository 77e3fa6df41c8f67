// How much of core its tests run, by lines and branches, and what they do not: printed, and written to
// docs/reference/coverage.md. Not part of a check: a figure is to be looked at, not to be reached.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { figuresOf, sumFigures, uncoveredPlaces } from './lib/coverage-report.mjs'
import { reportsFolder, root } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const page = 'docs/reference/coverage.md'
const measured = 'packages/core/src'
const folder = path.join(reportsFolder, 'coverage')
/** Those of core, and the suites run on what core has of a storage and of a backend. */
const tests = [
  'packages/core',
  'packages/conformance/src/storage/memory-storage',
  'packages/conformance/src/adapter/model-backend',
]

rmSync(folder, { recursive: true, force: true })
const code = await run('vitest', [
  'run',
  ...tests,
  '--reporter=dot',
  // Measured code is slower.
  '--testTimeout=60000',
  '--coverage.enabled',
  '--coverage.provider=v8',
  `--coverage.include=${measured}/**/*.ts`,
  '--coverage.exclude=**/*.test.ts',
  '--coverage.exclude=**/*.test-d.ts',
  '--coverage.reporter=json',
  `--coverage.reportsDirectory=${path.relative(root, folder)}`,
])
if (code === 0) {
  report()
  await run('prettier', ['--write', '--log-level=warn', page])
} else console.error('The tests fail: coverage says nothing.')
process.exitCode = code

function report() {
  /** @type {Record<string, import('./lib/coverage-report.mjs').FileCoverage>} */
  const all = JSON.parse(readFileSync(path.join(folder, 'coverage-final.json'), 'utf8'))
  const files = Object.entries(all)
    .map(([file, coverage]) => ({
      name: path.relative(path.join(root, measured), file).replaceAll(path.sep, '/'),
      figures: figuresOf(coverage),
      places: uncoveredPlaces(coverage, readFileSync(file, 'utf8')),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, places } of files) {
    for (const { line, text, kind } of places) console.log(`${measured}/${name}:${line}: ${kind}: ${text}`)
  }
  const table = figuresTable(files)
  console.log(`\n${table}\n`)
  writeFileSync(path.join(root, page), pageOf(table, files))
}

/** @typedef {{ name: string, figures: import('./lib/coverage-report.mjs').Figures, places: import('./lib/coverage-report.mjs').Place[] }} File */

/** @param {readonly File[]} files */
function figuresTable(files) {
  const folders = [...new Set(files.map(({ name }) => path.posix.dirname(name)))]
  const rows = folders.map((name) => [
    name === '.' ? '(top)' : name,
    sumFigures(files.filter((file) => path.posix.dirname(file.name) === name).map(({ figures }) => figures)),
  ])
  rows.push(['**all**', sumFigures(files.map(({ figures }) => figures))])
  const cells = /** @type {[string, import('./lib/coverage-report.mjs').Figures][]} */ (rows).map(
    ([name, { lines, linesRun, branches, branchesRun }]) => [
      name,
      `${share(linesRun, lines)} (${linesRun} of ${lines})`,
      `${share(branchesRun, branches)} (${branchesRun} of ${branches})`,
    ],
  )
  return aligned([['folder', 'lines', 'branches'], ...cells])
}

/** @param {number} part @param {number} whole */
function share(part, whole) {
  // Rounded down: what is not all is not 100 %.
  return whole === 0 ? 'none' : `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`
}

/** @param {string[][]} rows */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const lines = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  return lines.join('\n')
}

/** @param {string} table @param {readonly File[]} files */
function pageOf(table, files) {
  const open = files.filter(({ places }) => places.length > 0)
  return `# Coverage of core

How much of \`${measured}\` is run by its own tests, and by the conformance suites on the storage and the backend in memory.
What other packages and tests with real processes run is not counted. \`npm run coverage\` measures it and writes this page.

${table}

## What is not run

A branch is named where its line ran, but never in this way. A statement may share its line with one that ran.

${open.map(sectionOf).join('\n\n')}
`
}

/** @param {File} file */
function sectionOf({ name, places }) {
  const items = places.map(
    ({ within, text, kind }) => `- ${kind}${within === '' ? '' : ` in \`${within}\``}: ${quoted(text)}`,
  )
  return [`### ${name}`, '', ...items].join('\n')
}

/** As code, whatever backticks are in it. @param {string} text */
function quoted(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}
