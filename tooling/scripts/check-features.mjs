// Keeps the table of promises true: each row of docs/reference/features.md (feature, promise, status, test) that is
// not `planned` links to at least one test, and each linked file, and each title after `#`, exists. Write a title as
// it stands in the test, spaces as %20.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { readText, root } from './lib/repository.mjs'

const page = 'docs/reference/features.md'

if (existsSync(path.join(root, page))) process.exitCode = check()
else console.log(`${page} is not there: nothing to check`)

function check() {
  const complaints = readText(page).split('\n').flatMap(checkRow)
  for (const complaint of complaints) console.error(complaint)
  return complaints.length === 0 ? 0 : 1
}

/** @param {string} line @param {number} index */
function checkRow(line, index) {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
  const [, feature, , status, tests = ''] = cells
  if (cells.length < 6 || feature === 'feature' || /^:?-+:?$/.test(feature ?? '')) return []
  const links = [...tests.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  const at = `${page}:${index + 1}: ${feature}`
  if (links.length === 0) return status === 'planned' ? [] : [`${at}: no link to a test`]
  return links.flatMap((link) => checkLink(link).map((problem) => `${at}: ${problem}`))
}

/** @param {string} link */
function checkLink(link) {
  const [file = '', title = ''] = link.split('#')
  const target = path.posix.join(path.posix.dirname(page), decodeURIComponent(file))
  if (!existsSync(path.join(root, target))) return [`${target} does not exist`]
  const text = decodeURIComponent(title)
  return readText(target).includes(text) ? [] : [`${target} has no test "${text}"`]
}
