/** The steps, one after the other. */
import { COUNTRY_COUNT } from './client/data-set.ts'
import type { Demonstration } from './demonstration.ts'
import type { Options } from './options.ts'
import { createProcesses } from './processes/processes.ts'
import type { ServerProcess } from './processes/server-process.ts'
import { comeOnline } from './steps/come-online.ts'
import { compare } from './steps/compare.ts'
import { editApart } from './steps/edit-apart.ts'
import { firstSync } from './steps/first-sync.ts'
import { importOffline } from './steps/import-offline.ts'
import { startServer } from './steps/start-server.ts'
import { syncUp } from './steps/sync-up.ts'
import { formatBytes, formatCount, formatSeconds, type Terminal } from './terminal.ts'
import type { Workplace } from './workplace.ts'

export const STEP_COUNT = 7

export interface Run {
  /** Resolves with false where the replicas are not equal at the end. */
  readonly result: Promise<boolean>
  /** Says where the server is, which goes on. Resolves once it has ended. */
  keepServing(): Promise<void>
  /** Ends every process, whatever is under way. */
  stop(): Promise<void>
}

export function startDemonstration(options: Options, terminal: Terminal, workplace: Workplace): Run {
  const processes = createProcesses(workplace.folder)
  const steps = async (): Promise<boolean> => {
    const startedAt = performance.now()
    const demonstration: Demonstration = { terminal, options, processes }
    terminal.title('SyncLayer', 'two people, one server, and a network that goes away')
    terminal.text(
      `${formatCount(options.records)} cities (GeoNames) and ${formatCount(COUNTRY_COUNT)} countries (mledoze/countries). Ada and Ben are processes of their own, each with a database of their own, a SQLite file, as if on two devices. The server is a third process with a third file; they reach it by HTTP and WebSocket.`,
    )
    await startServer(demonstration)
    const ada = await importOffline(demonstration)
    await syncUp(demonstration, ada)
    const ben = await firstSync(demonstration)
    const pair = { ada, ben }
    await editApart(demonstration, pair)
    await comeOnline(demonstration, pair)
    const equal = await compare(demonstration, pair)
    await processes.endClients()
    showEnd(options, terminal, workplace, performance.now() - startedAt)
    if (!options.keep) await processes.endAll()
    return equal
  }
  return {
    result: steps(),
    keepServing: async () => keepServing(terminal, await processes.server()),
    stop: () => processes.endAll(),
  }
}

async function keepServing(terminal: Terminal, { url, ended }: ServerProcess): Promise<void> {
  terminal.text(`The server goes on at ${terminal.style('bold', url)} until Ctrl-C. Ask it:`)
  terminal.line()
  terminal.line(`     curl ${url}/sync`)
  terminal.line(`     curl '${url}/sync/countries?limit=3'`)
  terminal.line()
  await ended
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
      '`npm run demo -- --keep` leaves the server running and keeps the databases, to look into them; this time all is gone',
    )
  terminal.text('`npm run demo -- --records 171075` takes every city there is')
  terminal.text('`docs/how-to/run-the-server.md` says how to run the server for an app of yours')
  terminal.text('`apps/demo/src` is what ran: change an edit in `client/edits.ts` and start again')
  terminal.line()
}
