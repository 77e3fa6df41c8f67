import type { ConflictEvent, Json, JsonObject } from '@synclayer/core'
import { EXPECTED_VISITS } from '../client/edits.ts'
import type { Demonstration, Pair } from '../demonstration.ts'
import { conflictInWords } from '../plain-words.ts'
import type { Client } from '../processes/client-process.ts'
import type { Terminal } from '../terminal.ts'

const REALTIME_MS = 10_000

/** Ada comes online, then Ben, whose device finds the conflicts and merges them; Ada is told of the result. */
export async function comeOnline({ terminal }: Demonstration, { ada, ben }: Pair): Promise<void> {
  terminal.step(
    'Both come online, and the edits meet',
    'Edits are merged field by field against the common base, on the device that finds them apart. The backend takes a change only on the version it was made on, so nobody overwrites what they have not seen.',
  )
  await ada.ask('watchMostVisited')
  await ben.ask('watchMostVisited')

  const first = await ada.ask('meet')
  terminal.done(`Ada comes online first: ${first.pushed} changes are accepted, nothing is in their way`)

  const second = await ben.ask('meet')
  terminal.done(`Ben follows: ${second.conflicts} of his records were changed on both sides, and are merged:`)
  for (const conflict of second.found) showConflict(terminal, conflict)

  terminal.line()
  terminal.done('A live query on the device of Ben, the cities with most visits, changed with it:')
  await showNews(terminal, ben)

  const expected = { name: 'Reykjavík', visits: EXPECTED_VISITS, timeoutMs: REALTIME_MS }
  const woken = await ada.ask('seesVisits', expected)
  if (!woken) await ada.ask('syncOnce')
  terminal.done(
    woken
      ? 'Ada, who called nothing, was told by the server. The same query on her device:'
      : 'Ada synced too. The same query on her device:',
  )
  const current = await showNews(terminal, ada)
  terminal.text(`Both show: ${current}`, 2)
}

async function showNews(terminal: Terminal, client: Client): Promise<string> {
  const { news, current } = await client.ask('newsOfMostVisited')
  for (const change of news) terminal.text(change, 4)
  return current
}

/** Each field that somebody changed. */
function showConflict(terminal: Terminal, conflict: ConflictEvent): void {
  const { collection, id, resolved } = conflict
  terminal.line()
  terminal.line(
    `     ${terminal.style('bold', titleOf(resolved))}  ${terminal.style('dim', `${collection}/${id}`)}`,
  )
  for (const words of conflictInWords(conflict, { here: 'Ben', there: 'Ada' })) {
    terminal.text(`${words.field}: ${words.why}`, 2)
    for (const name of ['base', 'here', 'there'] as const) {
      terminal.line(`       ${terminal.style('dim', name.padEnd(6))}${words[name]}`)
    }
    terminal.line(`       ${terminal.style('green', 'kept'.padEnd(6))}${words.kept}`)
  }
}

function titleOf(document: ConflictEvent['resolved']): string {
  const name = document?.['name']
  // Of a country, the name has several forms.
  const title = isJsonObject(name) ? name['common'] : name
  return typeof title === 'string' ? title : 'A deleted record'
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
