// Says what a package's tests ran against where they asked for no server: a real browser and its version, written to
// `.reports/against/<folder with - for />.json` before they start, or what its manifest tells.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { readJson, reportsFolder, root } from './repository.mjs'

export const againstFolder = path.join(reportsFolder, 'against')

/** For suites that are no package. @type {Record<string, string>} */
const againstOfFolder = { 'docs/examples': 'files', 'tooling/scripts': 'this repository' }

/** Forgets what earlier runs wrote. */
export function resetAgainst() {
  rmSync(againstFolder, { recursive: true, force: true })
  mkdirSync(againstFolder, { recursive: true })
}

/** @param {string} suite a package's folder, such as `packages/core` */
export function against(suite) {
  const written = path.join(againstFolder, `${suite.replaceAll('/', '-')}.json`)
  if (existsSync(written)) return JSON.parse(readFileSync(written, 'utf8')).against ?? 'nothing'
  const known = againstOfFolder[suite]
  if (known !== undefined) return known
  const manifest = readJson(`${suite}/package.json`)
  const needs = { ...manifest.dependencies, ...manifest.devDependencies }
  if (!('better-sqlite3' in needs)) return 'memory, in this process'
  const { product, version, kind, way } = sqliteFacts()
  return `${product} ${version} (${kind}, ${way})`
}

/** Which SQLite the tests use. */
export function sqliteFacts() {
  const require = createRequire(path.join(root, 'package.json'))
  const Database = require('better-sqlite3')
  const database = new Database(':memory:')
  const version = String(database.prepare('select sqlite_version()').pluck().get())
  database.close()
  const way = `better-sqlite3 ${require('better-sqlite3/package.json').version}`
  return { product: 'SQLite', version, kind: 'real', way }
}
