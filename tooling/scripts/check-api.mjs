// Keeps every change of a public type visible in review: the declarations behind each entry of each published package
// are compared with the committed `api/<entry>.d.ts`. After an intended change: `npm run api:update`. Needs a build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { declarationsOf } from './lib/declarations.mjs'
import { publishedPackages, root } from './lib/repository.mjs'

const update = process.argv.includes('--update')
const complaints = publishedPackages().flatMap(checkPackage)
for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0)
  console.error('After an intended change: npm run api:update, and review the difference.')
process.exitCode = complaints.length === 0 ? 0 : 1

/** @param {import('./lib/repository.mjs').Workspace} workspace @returns {string[]} */
function checkPackage({ folder, manifest }) {
  const api = path.join(root, folder, 'api')
  if (update) rmSync(api, { recursive: true, force: true })
  const entries = Object.entries(manifest.exports ?? {}).filter(([, target]) => target.types !== undefined)
  const complaints = entries.flatMap(([entry, target]) => {
    const snapshot = path.join(api, `${entryName(entry)}.d.ts`)
    return checkEntry(path.join(root, folder, target.types), snapshot)
  })
  const known = entries.map(([entry]) => `${entryName(entry)}.d.ts`)
  const stale = (existsSync(api) ? readdirSync(api) : []).filter((file) => !known.includes(file))
  return [...complaints, ...stale.map((file) => `${folder}/api/${file}: there is no such entry any more`)]
}

/** @param {string} types @param {string} snapshot */
function checkEntry(types, snapshot) {
  const name = path.relative(root, snapshot)
  if (!existsSync(types)) return [`${path.relative(root, types)} is missing: run npm run build first`]
  const declared = declarationsOf(types)
  if (update) {
    mkdirSync(path.dirname(snapshot), { recursive: true })
    writeFileSync(snapshot, declared)
    return []
  }
  if (!existsSync(snapshot)) return [`${name} is missing`]
  return readFileSync(snapshot, 'utf8') === declared ? [] : [`${name}: the public types have changed`]
}

/** `.` is `index`, `./testing` is `testing`. @param {string} entry */
function entryName(entry) {
  return entry === '.' ? 'index' : entry.slice(2).replaceAll('/', '-')
}
