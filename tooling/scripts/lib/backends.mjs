// What the tests with servers ran against: which files ran, and the table of backends at the end of `npm test`.
import { columns, countCells, countsOf, sum } from './test-report.mjs'

/** @typedef {import('./test-report.mjs').Report} Report */
/** @typedef {import('./test-report.mjs').TestedFile} TestedFile */

/**
 * A server: what it was, or why there was none, or how it failed to start.
 * @typedef {object} Backend
 * @property {string} name
 * @property {string} title
 * @property {{ product: string, version: string, kind: string, way: string }} [found]
 * @property {string} [missing]
 * @property {string} [failure]
 */

/** @typedef {{ file: string, server: string, found?: Backend['found'], missing?: string }} Usage by one file of tests */

/**
 * The files that could not be loaded since a server is missing: not run, and no failures. The report is left with the others.
 * @param {Report} report
 * @param {readonly Usage[]} usages
 * @returns {{ ran: Report, notRun: { file: string, server: string, why: string }[] }}
 */
export function splitReport(report, usages) {
  const missing = new Map(
    usages.filter((usage) => usage.missing !== undefined).map((usage) => [usage.file, usage]),
  )
  const isMissed = (/** @type {TestedFile} */ file) => {
    return file.status === 'failed' && file.assertionResults.length === 0 && missing.has(file.name)
  }
  return {
    ran: { testResults: report.testResults.filter((file) => !isMissed(file)) },
    notRun: report.testResults.filter(isMissed).map(({ name }) => {
      const usage = missing.get(name)
      return { file: name, server: usage?.server ?? '', why: usage?.missing ?? '' }
    }),
  }
}

/** What one file of tests ran against. @param {readonly Usage[]} usages @param {string} file */
export function usedBy(usages, file) {
  const found = usages.flatMap((usage) => (usage.file === file && usage.found ? [usage.found] : []))
  return found.map(({ product, version, kind }) => `${product} ${version} (${kind})`)
}

/**
 * One line for each backend, with the tests of the files that used it. A file that used two counts for both.
 * @param {readonly Backend[]} backends
 * @param {readonly Usage[]} usages
 * @param {readonly TestedFile[]} files
 */
export function backendTable(backends, usages, files) {
  const rows = backends.map(({ name, title, found }) => {
    const users = usages.filter((usage) => usage.server === name && usage.found).map((usage) => usage.file)
    const counts = sum(files.filter((file) => users.includes(file.name)).map(countsOf))
    const what = found ? [`${found.product} ${found.version}`, found.kind] : ['', 'not run']
    return [title, ...what, ...countCells(counts), found?.way ?? '']
  })
  return columns(['backend', 'product and version', 'kind', 'passed', 'failed', 'skipped', 'had by'], rows)
}
