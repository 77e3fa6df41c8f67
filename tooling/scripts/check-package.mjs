// Checks what would be published: that nothing is unused or undeclared (knip), that every packed package resolves for
// its users (publint, attw), and that its types are those last reviewed (check-api). Needs a build.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { publishedPackages, reportsFolder, root } from './lib/repository.mjs'
import { run, runScript } from './lib/run.mjs'

/** @type {string[]} */
const failed = []
await check('knip', run('knip', ['--no-progress', '--no-config-hints']))
for (const { folder, name } of publishedPackages()) await checkPacked(folder, name)
await check('check-api', runScript('check-api.mjs'))
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** @param {string} folder @param {string} name */
async function checkPacked(folder, name) {
  console.log(name)
  if (!existsSync(path.join(root, folder, 'LICENSE')))
    failed.push(`LICENSE of ${name} (copy the one at the top)`)
  const destination = path.join(reportsFolder, 'packed', path.basename(folder))
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  // As pnpm packs it: with the versions of the catalog and of the workspace written out.
  const packing = run('pnpm', ['pack', '--pack-destination', destination], {
    cwd: path.join(root, folder),
    quiet: true,
  })
  if (!(await check(`pack ${name}`, packing))) return
  const file = path.join(destination, readdirSync(destination)[0] ?? '')
  await check(`publint ${name}`, run('publint', ['--strict', file]))
  await check(`attw ${name}`, run('attw', ['--profile', 'esm-only', '--quiet', file]))
}

/** @param {string} what @param {Promise<number>} running */
async function check(what, running) {
  const passed = (await running) === 0
  if (!passed) failed.push(what)
  return passed
}
