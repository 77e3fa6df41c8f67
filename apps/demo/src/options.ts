/** What the command line says. */
import { parseArgs } from 'node:util'
import { CITY_COUNT, SMALLEST } from './client/data-set.ts'

export interface Options {
  readonly records: number
  readonly keep: boolean
  readonly help: boolean
}

const DEFAULT_RECORDS = 50_000

export const HELP = `Two clients, one server, and a network that goes away: SyncLayer shown on real data.

Usage: npm run demo -- [options]

  --records N   how many cities to import, ${SMALLEST} to ${CITY_COUNT}; ${DEFAULT_RECORDS} if left out
  --keep        leaves the server running until Ctrl-C, and keeps the databases
  --help        shows this

Set NO_COLOR=1 for plain output.
`

/** The options, or what is wrong with them. */
export function readOptions(args: readonly string[]): Options | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        records: { type: 'string', default: String(DEFAULT_RECORDS) },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const records = Number(values.records)
    if (!Number.isInteger(records) || records < SMALLEST || records > CITY_COUNT) {
      return { problem: `--records must be a whole number from ${SMALLEST} to ${CITY_COUNT}.` }
    }
    return { records, keep: values.keep, help: values.help }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
