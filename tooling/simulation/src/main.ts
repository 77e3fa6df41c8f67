/** `pnpm simulate`: proofs by running. With `--exhaustive` every run of a small world, see `exhaustive/run.ts`. */
import { parseArgs } from 'node:util'
import { runExhaustive } from './exhaustive/command.ts'

const { values } = parseArgs({
  options: { exhaustive: { type: 'boolean' }, depth: { type: 'string' }, replay: { type: 'string' } },
})
const passed = await runExhaustive({
  depth: Number(values.depth ?? 1),
  ...(values.replay === undefined ? {} : { replay: values.replay }),
  print: (line) => console.log(line),
})
process.exitCode = passed ? 0 : 1
