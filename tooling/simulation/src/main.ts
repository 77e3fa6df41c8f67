/**
 * `pnpm simulate`: proofs by running. Seeded runs of a large world, see `command.ts`; with `--exhaustive` every run of a
 * small one, see `exhaustive/run.ts`.
 */
import { parseArgs } from 'node:util'
import { simulate } from './command.ts'
import { runExhaustive } from './exhaustive/command.ts'

const { values } = parseArgs({
  options: {
    exhaustive: { type: 'boolean' },
    depth: { type: 'string' },
    bounds: { type: 'string' },
    replay: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    first: { type: 'string' },
    seed: { type: 'string' },
    report: { type: 'string' },
  },
})
const print = (line: string): void => console.log(line)
const numbers = Object.fromEntries(
  (['seeds', 'minutes', 'first', 'seed'] as const).flatMap((name) => {
    const value = values[name]
    if (value === undefined) return []
    if (!/^\d+(\.\d+)?$/.test(value)) throw new RangeError(`--${name} must be a number.`)
    return [[name, Number(value)]]
  }),
)
const { bounds, replay, report } = values
const passed =
  values.exhaustive === true
    ? await runExhaustive({
        depth: Number(values.depth ?? 1),
        ...(bounds === undefined ? {} : { bounds }),
        ...(replay === undefined ? {} : { replay }),
        ...(report === undefined ? {} : { report }),
        print,
      })
    : await simulate({
        ...numbers,
        ...(replay === undefined ? {} : { replay }),
        ...(report === undefined ? {} : { report }),
        print,
      })
process.exitCode = passed ? 0 : 1
