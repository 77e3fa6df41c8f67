// Reads what vitest reported (its JSON reports) and turns it into the table and the last line of a run. The counts
// come from the reports alone, never from a program's printed text.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { against } from './against.mjs'
import { reportsFolder } from './repository.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {Counts & { suite: string, against: string }} Row */

/** @typedef {{ status: string }} Assertion */
/** @typedef {{ name: string, status: string, assertionResults: Assertion[] }} TestedFile a file of tests, by its absolute path */
/** @typedef {{ testResults: TestedFile[] }} Report as vitest writes it */

/** What vitest reported; nothing where it wrote no report. @param {string} name of the report @returns {Report} */
export function readReport(name) {
  const file = path.join(reportsFolder, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] }
}

/**
 * The rows of one report, one for each package it ran tests of.
 * @param {Report} report
 * @param {string} top
 * @param {(file: TestedFile) => readonly string[]} [ranAgainst] what one of its files ran against
 * @returns {Row[]}
 */
export function rowsOf(report, top, ranAgainst = (file) => [against(suiteOf(file, top))]) {
  /** @type {Map<string, { counts: Counts[], backends: Set<string> }>} */
  const suites = new Map()
  for (const file of report.testResults) {
    const suite = suiteOf(file, top)
    const { counts, backends } = suites.get(suite) ?? { counts: [], backends: new Set() }
    for (const backend of ranAgainst(file)) backends.add(backend)
    suites.set(suite, { counts: [...counts, countsOf(file)], backends })
  }
  return [...suites]
    .map(([suite, { counts, backends }]) => ({ suite, ...sum(counts), against: [...backends].join(', ') }))
    .sort((a, b) => (a.suite < b.suite ? -1 : 1))
}

/** The folder of its package. @param {TestedFile} file @param {string} top */
export function suiteOf(file, top) {
  return path.relative(top, file.name).split(path.sep).slice(0, 2).join('/')
}

/** A file that could not even be loaded counts as one failure: none of its tests ran. @param {TestedFile} file @returns {Counts} */
export function countsOf(file) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { status } of file.assertionResults) {
    if (status === 'passed') counts.passed += 1
    else if (status === 'failed') counts.failed += 1
    else counts.skipped += 1
  }
  if (file.status === 'failed' && counts.failed === 0) counts.failed += 1
  return counts
}

/** @param {readonly Counts[]} rows @returns {Counts} */
export function sum(rows) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const row of rows) {
    total.passed += row.passed
    total.failed += row.failed
    total.skipped += row.skipped
  }
  return total
}

/**
 * Why a run has failed: nothing where it has passed.
 * @param {{ failed: readonly string[], total: Counts, notRun: readonly string[], isRequired: boolean }} run the names of failed
 * steps, and whether all servers are required
 * @returns {string[]}
 */
export function complaintsOf({ failed, total, notRun, isRequired }) {
  return [
    ...failed,
    ...(total.failed > 0 && failed.length === 0 ? ['tests'] : []),
    ...(notRun.length > 0 && isRequired ? ['servers that are required'] : []),
    ...(total.passed + total.failed === 0 ? ['no test ran'] : []),
  ]
}

/** @param {readonly Row[]} rows */
export function table(rows) {
  const cells = rows.map((row) => [row.suite, ...countCells(row), row.against])
  return columns(['suite', 'passed', 'failed', 'skipped', 'against'], cells)
}

/** @param {Counts} counts */
export function countCells({ passed, failed, skipped }) {
  return [`${passed}`, `${failed}`, `${skipped}`]
}

/** Text in columns, numbers to the right. @param {readonly string[]} headings @param {readonly (readonly string[])[]} rows */
export function columns(headings, rows) {
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const isNumber = headings.map((_, column) => rows.every((row) => /^\d+$/.test(row[column] ?? '')))
  const pad = (/** @type {string} */ text, /** @type {number} */ column) => {
    const width = widths[column] ?? 0
    return isNumber[column] ? text.padStart(width) : text.padEnd(width)
  }
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}
