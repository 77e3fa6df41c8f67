// Type checks everything on the sources in one program, then the pure part of core without any platform types
// (there `setTimeout` does not compile), then these scripts.
import { run } from './lib/run.mjs'

const codes = []
for (const project of [
  'tsconfig.json',
  'packages/core/tsconfig.pure.json',
  'tooling/scripts/tsconfig.json',
]) {
  codes.push(await run('tsc', ['-p', project]))
}
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
