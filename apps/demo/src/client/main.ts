/** A client in a process of its own. It does what its parent asks for, and ends with it. */
import { createActs, type Report } from './acts.ts'
import { type ClientSettings, openDatabase } from './database.ts'
import type { Answer, Question } from '../processes/messages.ts'

type Act = (input: unknown, report: Report) => Promise<unknown>

// A parent that is gone, or has let go of this process, is told nothing more.
const tell = (answer: Answer): void => {
  if (process.connected) process.send?.(answer)
}

// Ctrl-C reaches every process of the terminal: this one is ended by its parent, which knows when.
process.on('SIGINT', () => undefined)
const db = await openDatabase(JSON.parse(process.argv[2] ?? '') as ClientSettings)
const acts = createActs(db) as unknown as Readonly<Record<string, Act>>
const end = (): void => void db.close().finally(() => process.exit(0))
process.on('disconnect', end)
process.on('message', (question: Question) => void answer(question))
tell({ kind: 'ready' })
if (!process.connected) end()

async function answer({ id, act, input }: Question): Promise<void> {
  try {
    const report: Report = (done, total) => tell({ kind: 'progress', id, done, total })
    tell({ kind: 'result', id, result: await acts[act]!(input, report) })
  } catch (error) {
    tell({
      kind: 'failure',
      id,
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
}
