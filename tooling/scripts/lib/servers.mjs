// The servers that `*.server.test.ts` need: brought up before them, taken down after.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { against, sqliteFacts } from './against.mjs'
import { backendTable, splitReport, usedBy } from './backends.mjs'
import { reportsFolder, root } from './repository.mjs'
import { rowsOf, suiteOf } from './test-report.mjs'

/** @typedef {import('./backends.mjs').Backend} Backend */
/** @typedef {import('./backends.mjs').Usage} Usage */
/** @typedef {import('./test-report.mjs').Report} Report */
/** @typedef {import('./test-report.mjs').TestedFile} TestedFile */

/** Where @synclayer/servers notes which file of tests used which server. */
const usageFolder = path.join(reportsFolder, 'servers')

/** What was provided in this run. @type {Backend[]} */
let backends = []

/** Starts all that this machine can have. @returns {Promise<number>} an exit code */
export async function provideServers() {
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

/** Forgets which servers the tests of earlier runs used. */
export function resetUsages() {
  backends = []
  rmSync(usageFolder, { recursive: true, force: true })
  mkdirSync(usageFolder, { recursive: true })
}

/** True where nothing failed but files whose server is missing. @param {Report} report */
export function lacksOnlyServers(report) {
  const { ran, notRun } = splitReport(report, readUsages())
  return notRun.length > 0 && ran.testResults.every(({ status }) => status === 'passed')
}

/**
 * What the tests came to: a row for each suite, the table of backends (empty where no servers were asked for), and a line for
 * each server that is not here and each file that was not run for that.
 * @param {readonly Report[]} reports
 */
export function resultsOf(reports) {
  const usages = readUsages()
  const parts = reports.map((report) => splitReport(report, usages))
  const ranAgainst = (/** @type {TestedFile} */ file) => {
    const used = usedBy(usages, file.name)
    return used.length > 0 ? used : [against(suiteOf(file, root))]
  }
  const files = parts.flatMap(({ ran }) => ran.testResults)
  const onSqlite = files.filter((file) => ranAgainst(file)[0]?.startsWith('SQLite'))
  const sqlite = { name: 'sqlite', title: 'SQLite', found: sqliteFacts() }
  const sqliteUsages = onSqlite.map((file) => ({ file: file.name, server: sqlite.name, found: sqlite.found }))
  return {
    rows: parts.flatMap(({ ran }) => rowsOf(ran, root, ranAgainst)),
    backends:
      backends.length === 0 ? '' : backendTable([...backends, sqlite], [...usages, ...sqliteUsages], files),
    notRun: [
      ...backends.flatMap(({ title, missing }) => (missing === undefined ? [] : [`${title}: ${missing}`])),
      ...parts.flatMap(({ notRun }) =>
        notRun.map(({ file, server }) => `${path.relative(root, file)}, which needs ${server}`),
      ),
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
