/** The steps, one after the other. */
import { createClients } from './clients.ts'
import { loadDataSet } from './data-set.ts'
import type { Demonstration } from './demonstration.ts'
import type { Options } from './options.ts'
import { comeOnline } from './steps/come-online.ts'
import { compare } from './steps/compare.ts'
import { editApart } from './steps/edit-apart.ts'
import { firstSync } from './steps/first-sync.ts'
import { importOffline } from './steps/import-offline.ts'
import { syncUp } from './steps/sync-up.ts'
import { formatBytes, formatCount, formatSeconds, type Terminal } from './terminal.ts'
import type { Workplace } from './workplace.ts'

export const STEP_COUNT = 6

export interface Run {
  /** Resolves with false where the replicas are not equal at the end. */
  readonly result: Promise<boolean>
  /** Closes the databases, whatever is under way. */
  stop(): Promise<void>
}

export function startDemonstration(options: Options, terminal: Terminal, workplace: Workplace): Run {
  const clients = createClients(workplace.folder)
  const steps = async (): Promise<boolean> => {
    const startedAt = performance.now()
    const dataSet = loadDataSet(options.records)
    const demonstration: Demonstration = { terminal, dataSet, clients }
    terminal.title('SyncLayer', 'two people, one backend, and a network that goes away')
    terminal.text(
      `${formatCount(dataSet.cities.length)} cities (GeoNames) and ${formatCount(dataSet.countries.length)} countries (mledoze/countries). Ada and Ben each have a database of their own, a SQLite file, as if on two devices; the backend is a third.`,
    )
    const ada = await importOffline(demonstration)
    await syncUp(demonstration, ada)
    const ben = await firstSync(demonstration)
    const pair = { ada, ben }
    await editApart(demonstration, pair)
    await comeOnline(demonstration, pair)
    const equal = await compare(demonstration, pair)
    await clients.closeAll()
    showEnd(options, terminal, workplace, performance.now() - startedAt)
    return equal
  }
  return { result: steps(), stop: () => clients.closeAll() }
}

function showEnd({ keep }: Options, terminal: Terminal, workplace: Workplace, ms: number): void {
  terminal.line()
  terminal.line(`${terminal.style('bold', 'That was all')}, in ${formatSeconds(ms)}. What to try next:`)
  terminal.line()
  if (keep) {
    terminal.text('The databases are kept, plain SQLite files:')
    for (const { path, bytes } of workplace.files()) {
      terminal.line(`     ${path}  ${terminal.style('dim', `${formatBytes(bytes)}`)}`)
    }
    terminal.line()
  } else
    terminal.text(
      '`npm start -- --keep` keeps the databases, plain SQLite files, to look into them; this time they are gone',
    )
  terminal.text('`npm start -- --records 171075` takes every city there is')
  terminal.text('`apps/demo/src/steps` is what ran: change an edit and start again')
  terminal.text(
    '`packages/storage-sqlite/README.md` and `packages/adapter-sqlite/README.md` say how to use them',
  )
  terminal.line()
}
