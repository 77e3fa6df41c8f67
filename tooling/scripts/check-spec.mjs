// Holds packages/core/SPEC.md and the tests together: every rule is named by a test's title, and every id a title
// names is a rule. There are no exemptions: a rule that cannot be tested is not a rule.
import { readText, repositoryFiles } from './lib/repository.mjs'
import { definedIds, namedIds } from './lib/spec-ids.mjs'

const specification = 'packages/core/SPEC.md'
const defined = definedIds(readText(specification))
const files = repositoryFiles('*.test.ts', '*.test.tsx', 'packages/conformance/src/*.ts').filter(
  (file) => !file.startsWith('tooling/scripts/'),
)
const named = files.flatMap((file) =>
  namedIds(file, readText(file)).map(({ id, line }) => ({ id, at: `${file}:${line}` })),
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
const untested = defined.filter((id) => !tested.has(id))
if (untested.length > 0) complaints.push(`${specification}: no test's title names ${untested.join(', ')}`)
for (const complaint of complaints) console.error(complaint)
console.log(`${defined.length - untested.length} of ${defined.length} rules are named by tests`)
process.exitCode = complaints.length === 0 ? 0 : 1
