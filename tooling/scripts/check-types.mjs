// Type checks everything on the sources in one program, then the pure part of core without any platform types
// (there `setTimeout` does not compile), then these scripts. What is published must also have types that its own
// file alone tells (isolatedDeclarations): that takes no checking, so it costs little more than reading.
import { publishedPackages } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const codes = []
for (const project of [
  'tsconfig.json',
  'packages/core/tsconfig.pure.json',
  'tooling/scripts/tsconfig.json',
]) {
  codes.push(await run('tsc', ['-p', project]))
}
const packages = publishedPackages()
// Two at a time: each takes a core, and a few hundred MB.
const workers = Array.from({ length: 2 }, async () => {
  for (let next = packages.pop(); next !== undefined; next = packages.pop()) {
    codes.push(await run('tsc', ['-p', next.folder, '--noCheck']))
  }
})
await Promise.all(workers)
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
