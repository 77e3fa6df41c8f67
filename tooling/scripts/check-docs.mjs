// Keeps the documentation true: every fence of code on every page is checked, and those marked `ts run` are run. There
// is no way to leave one out; what cannot compile is not shown as code. Links lead to files and headings that exist, and
// every error code has its section.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { errorPageErrors } from './lib/check-error-page.mjs'
import { jsonErrors, shellErrors, typeErrors } from './lib/check-fences.mjs'
import { linkErrors } from './lib/check-links.mjs'
import { fencesOf } from './lib/fences.mjs'
import { readText, reportsFolder, repositoryFiles } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const pages = repositoryFiles(
  'README.md',
  'CONTRIBUTING.md',
  'packages/*/README.md',
  'apps/*/README.md',
  'tooling/*/README.md',
  'docs/*.md',
  '.changeset/*.md',
)
const fences = pages.flatMap((page) => fencesOf(page, readText(page)))
const typescript = fences.filter(({ language }) => ['ts', 'tsx', 'typescript'].includes(language))

const complaints = [
  ...typescript.flatMap(flagErrors),
  ...typeErrors(typescript),
  ...fences.filter(({ language }) => language === 'json').flatMap(jsonErrors),
  ...fences
    .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language))
    .flatMap(shellErrors),
  ...errorPageErrors(),
  ...pages.flatMap(linkErrors),
]
for (const complaint of complaints) console.error(complaint)

const runnable = typescript.filter(({ flags }) => flags.includes('run'))
const isSound = complaints.length === 0
console.log(
  `${pages.length} pages, ${typescript.length} pieces of TypeScript checked, ${isSound ? runnable.length : 'none'} of them run`,
)
process.exitCode = isSound && (await runAll(runnable)) ? 0 : 1

/** @param {import('./lib/fences.mjs').Fence} fence */
function flagErrors({ file, line, flags }) {
  return flags
    .filter((flag) => flag !== 'run')
    .map((flag) => `${file}:${line}: unknown mark "${flag}" of a fence`)
}

/** Each in a process of its own, in an empty folder, on the sources. @param {readonly import('./lib/fences.mjs').Fence[]} chosen */
async function runAll(chosen) {
  mkdirSync(reportsFolder, { recursive: true })
  // A folder of its own, so that two runs at a time do not take it from each other.
  const folder = mkdtempSync(path.join(reportsFolder, 'docs-'))
  let passed = true
  for (const [index, fence] of chosen.entries()) {
    const place = path.join(folder, `${index}`)
    mkdirSync(place, { recursive: true })
    const module = path.join(place, `example.${fence.language === 'tsx' ? 'tsx' : 'ts'}`)
    writeFileSync(module, fence.code)
    const runner = path.join(import.meta.dirname, 'run-fence.mjs')
    // What an example prints is for its readers; what it fails with is told.
    if ((await run(process.execPath, [runner, module], { cwd: place, quiet: true })) === 0) continue
    console.error(`${fence.file}:${fence.line}: this example fails when run`)
    passed = false
  }
  rmSync(folder, { recursive: true, force: true })
  return passed
}
