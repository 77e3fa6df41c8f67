import { setTimeout as delay } from 'node:timers/promises'
import type { Author } from '../client/edits.ts'
import type { Demonstration, Pair } from '../demonstration.ts'
import type { Client } from '../processes/client-process.ts'

/** Later is later only where clocks can tell. */
const MOMENT_MS = 20

/** Both go offline and edit the same records, each without knowing of the other. */
export async function editApart({ terminal }: Demonstration, { ada, ben }: Pair): Promise<void> {
  terminal.step(
    'Both go offline and edit the same records',
    'Here other systems lose work: the last one to come online overwrites whole records. SyncLayer keeps the state that both began from, so it can tell later who changed what.',
  )
  terminal.done(`Ada is ${await ada.ask('goOffline')}, Ben is ${await ben.ask('goOffline')}`)
  terminal.line()
  const tell = (what: string, ...edits: readonly string[]): void => {
    terminal.line(`   ${terminal.style('bold', what)}`)
    for (const edit of edits) terminal.text(edit, 2)
  }
  tell(
    'Different fields of one record',
    'Ada corrects the area of Japan to 377,975 km²',
    'Ben spells its capital Tōkyō',
  )
  tell(
    'Fields deep inside one record',
    'Ada adds the name of Greece in Hindi: यूनान',
    'Ben adds it in Georgian: საბერძნეთი',
  )
  tell(
    'The same field',
    'Ben renames New York City to New York, NY',
    'Ada, a moment later, renames it to New York',
  )
  tell('A counter', 'Ada counts 2 more visits to Reykjavík', 'Ben counts 3 more')
  tell('A delete and an edit', 'Ada deletes Lima', 'Ben writes a note on it')
  tell(
    'One transaction over two collections',
    'Ada makes the new city of Nusantara the capital of Indonesia: both changes or neither',
  )
  terminal.line()

  // Ben is first, so that Ada's edits are the later ones.
  const showBen = await editAs({ terminal }, ben, 'ben')
  await delay(MOMENT_MS)
  const showAda = await editAs({ terminal }, ada, 'ada')
  showAda()
  showBen()
}

/** Answers how to show what waits to be sent then. */
async function editAs(
  { terminal }: Pick<Demonstration, 'terminal'>,
  client: Client,
  author: Author,
): Promise<() => void> {
  const waiting = await client.ask('edit', author)
  return () => {
    terminal.done(`${client.name} has ${waiting.length} changes on disk that wait to be sent:`)
    for (const { kind, id, inTransaction } of waiting) {
      const together = inTransaction ? '  (in the transaction)' : ''
      terminal.line(terminal.style('dim', `       ${kind.padEnd(7)}${id}${together}`))
    }
  }
}
