// The servers that `*.server.test.ts` need: brought up before them, taken down after.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { backendTable, splitReport, usedBy } from './backends.mjs'
import { reportsFolder, root } from './repository.mjs'
import { rowsOf } from './test-report.mjs'

/** @typedef {import('./backends.mjs').Backend} Backend */
/** @typedef {import('./backends.mjs').Usage} Usage */
/** @typedef {import('./test-report.mjs').Report} Report */
/** @typedef {import('./test-report.mjs').Row} Row */

/** Where @synclayer/servers notes which file of tests used which server. */
const usageFolder = path.join(reportsFolder, 'servers')

/** What was provided in this run. @type {Backend[]} */
let backends = []

/** Starts all that this machine can have. @returns {Promise<number>} an exit code */
export async function provideServers() {
  rmSync(usageFolder, { recursive: true, force: true })
  mkdirSync(usageFolder, { recursive: true })
  const servers = await load()
  backends = await Promise.all(
    servers.definitions.map((/** @type {{ name: string, title: string }} */ definition) =>
      provide(servers, definition),
    ),
  )
  for (const { title, found, missing, failure } of backends) {
    if (found) console.log(`${found.product} ${found.version} (${found.kind}, ${found.way})`)
    else
      console.log(failure === undefined ? `${title}: not here: ${missing}` : `${title}: FAILED: ${failure}`)
  }
  const isRequired = process.env['SYNCLAYER_SERVERS'] === 'required'
  return backends.some(({ found, failure }) => failure !== undefined || (isRequired && !found)) ? 1 : 0
}

/** @param {any} servers @param {{ name: string, title: string }} definition @returns {Promise<Backend>} */
async function provide(servers, { name, title }) {
  try {
    const { product, version, kind, way } = await servers.server(name)
    return { name, title, found: { product, version, kind, way } }
  } catch (thrown) {
    const error = /** @type {Error & { code?: string, why?: string }} */ (thrown)
    if (error.code === 'SERVER_MISSING') return { name, title, missing: error.why ?? error.message }
    return { name, title, failure: error.message }
  }
}

/** Ends those that nobody else uses. What is left where this does not happen ends by itself. @returns {Promise<number>} */
export async function releaseServers() {
  const servers = await load()
  // Those that stand on others first.
  for (const { name } of servers.definitions.toReversed()) await servers.release(name)
  return 0
}

/**
 * What the tests with servers came to: rows as of other tests, the table of backends (with those of other rows that used
 * SQLite), and a line for each server that is not here and each file that did not run for that.
 * @param {Report} report
 */
export function serverResults(report) {
  const usages = readUsages()
  const { ran, notRun } = splitReport(report, usages)
  return {
    rows: rowsOf(ran, root, (file) => usedBy(usages, file.name)),
    backends: (/** @type {Row[]} */ others) => backendTable(backends, usages, ran, others),
    notRun: [
      ...backends.flatMap(({ title, missing }) => (missing === undefined ? [] : [`${title}: ${missing}`])),
      ...notRun.map(({ file, server }) => `${path.relative(root, file)}, which needs ${server}`),
    ],
  }
}

/** Which file of tests used which server. @returns {Usage[]} */
function readUsages() {
  if (!existsSync(usageFolder)) return []
  return readdirSync(usageFolder).map((name) =>
    JSON.parse(readFileSync(path.join(usageFolder, name), 'utf8')),
  )
}

async function load() {
  // Not at the top: this file is loaded before anything is installed.
  const { runnerImport } = await import('vite')
  const clone = path.join(root, 'tooling/servers/src/clone.ts')
  const { module } = await runnerImport(clone, { configFile: false, logLevel: 'error' })
  return module.serversOfClone()
}
