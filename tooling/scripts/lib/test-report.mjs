// Reads what vitest reported (its JSON reports) and turns it into the table and the last line of a run. The counts
// come from the reports alone, never from a program's printed text.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { against } from './against.mjs'
import { reportsFolder, root } from './repository.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {Counts & { suite: string, against: string }} Row */

/**
 * The rows of one vitest report, one for each package it ran tests of. A file that could not even be loaded counts as
 * one failure: none of its tests ran.
 * @param {string} name of the report
 * @returns {Row[]}
 */
export function readReport(name) {
  const file = path.join(reportsFolder, `${name}.json`)
  if (!existsSync(file)) return []
  return rowsOf(JSON.parse(readFileSync(file, 'utf8')), root)
}

/**
 * @param {{ testResults: { name: string, status: string, assertionResults: { status: string }[] }[] }} report
 * @param {string} top
 * @returns {Row[]}
 */
export function rowsOf(report, top) {
  /** @type {Map<string, Row>} */
  const rows = new Map()
  for (const file of report.testResults) {
    const suite = path.relative(top, file.name).split(path.sep).slice(0, 2).join('/')
    const row = rows.get(suite) ?? { suite, against: against(suite), passed: 0, failed: 0, skipped: 0 }
    rows.set(suite, row)
    for (const { status } of file.assertionResults) {
      if (status === 'passed') row.passed += 1
      else if (status === 'failed') row.failed += 1
      else row.skipped += 1
    }
    const failures = file.assertionResults.filter(({ status }) => status === 'failed').length
    if (file.status === 'failed' && failures === 0) row.failed += 1
  }
  return [...rows.values()].sort((a, b) => (a.suite < b.suite ? -1 : 1))
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

/** @param {readonly Row[]} rows */
export function table(rows) {
  const cells = [
    ['suite', 'passed', 'failed', 'skipped', 'against'],
    ...rows.map((row) => [row.suite, `${row.passed}`, `${row.failed}`, `${row.skipped}`, row.against]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const pad = (/** @type {string} */ text, /** @type {number} */ column) => {
    const width = widths[column] ?? 0
    return column >= 1 && column <= 3 ? text.padStart(width) : text.padEnd(width)
  }
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}
