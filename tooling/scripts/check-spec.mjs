// Holds packages/core/SPEC.md and the tests together: every rule is named by a test's title, and every id a title
// names is a rule. There are no exemptions: a rule that cannot be tested is not a rule. `--list` prints which files test
// each rule, `--list W3` which titles on which lines do.
import { readText, repositoryFiles } from './lib/repository.mjs'
import { definedIds, namedIds } from './lib/spec-ids.mjs'

const specification = 'packages/core/SPEC.md'
const defined = definedIds(readText(specification))
const files = repositoryFiles('*.test.ts', '*.test.tsx', 'packages/conformance/src/*.ts').filter(
  (file) => !file.startsWith('tooling/scripts/'),
)
const named = files.flatMap((file) =>
  namedIds(file, readText(file)).map(({ id, line, title }) => ({ id, file, title, at: `${file}:${line}` })),
)

const tested = new Set(named.map(({ id }) => id))
const complaints = [
  ...defined
    .filter((id, index) => defined.indexOf(id) !== index)
    .map((id) => `${specification}: ${id} is defined twice`),
  ...named
    .filter(({ id }) => !defined.includes(id))
    .map(({ id, at }) => `${at}: ${id} is not in ${specification}`),
]
const listAt = process.argv.indexOf('--list')
if (listAt >= 0) list(process.argv.slice(listAt + 1))
const untested = defined.filter((id) => !tested.has(id))
if (untested.length > 0) complaints.push(`${specification}: no test's title names ${untested.join(', ')}`)
for (const complaint of complaints) console.error(complaint)
console.log(`${defined.length - untested.length} of ${defined.length} rules are named by tests`)
process.exitCode = complaints.length === 0 ? 0 : 1

/** @param {readonly string[]} chosen all rules where none is */
function list(chosen) {
  for (const id of defined.filter((one) => chosen.length === 0 || chosen.includes(one))) {
    const tests = named.filter((test) => test.id === id)
    const lines =
      chosen.length > 0
        ? tests.map(({ at, title }) => `${at} ${title}`)
        : [...new Set(tests.map(({ file }) => file))]
    console.log([id, ...lines].join('\n  '))
  }
}
