/**
 * One of several processes on one store, which syncs by itself where it leads. Says `ready`; `synced <id>` for every note it has
 * brought to the backend, `shown <count>` for every result of a live query over all notes, `counter <n>` for every state of the
 * counter, `phase <phase>`, `error <code>`, and `ticks <count>` before each `synced`: the seconds it has waited for, by its own timer, since
 * it was told `count`. It is told, line by line: `save <id>`, `add <times>` (one by one to the counter), `rest` (until nothing is
 * unsent and nothing under way), `count`, `pause`, `close`.
 */
import { createInterface } from 'node:readline'
import { openClient, programArguments, say } from '../../engine/programs/engine-program.ts'

const [store, backend, name] = programArguments('store', 'backend', 'name') as [string, string, string]
const db = await openClient({ store, backend })
const notes = db.collection('notes')
const counters = db.collection('counters')
db.on('error', ({ error }) => say(`error ${error.code} ${error.message}`))
let ticks = 0
setInterval(() => (ticks += 1), 1_000).unref()
db.on('mutationSynced', ({ id }) => {
  say(`ticks ${ticks}`)
  say(`synced ${id}`)
})
db.status.subscribe(({ phase, pending }) => say(`phase ${phase} pending ${pending}`))
notes.watch().subscribe((all) => say(`shown ${all.length}`))
counters.watch('shared').subscribe((counter) => say(`counter ${counter?.n}`))

const tasks: Readonly<Record<string, (argument: string) => unknown>> = {
  save: async (id) => {
    await notes.save({ id, text: `By ${name}.`, n: 0 })
    say(`saved ${id}`)
  },
  add: async (times) => {
    for (let n = 0; n < Number(times); n++) {
      await counters.update('shared', (draft) => {
        draft.n += 1
        draft.by[name] = (draft.by[name] ?? 0) + 1
      })
    }
    say(`added ${times}`)
  },
  rest: async () => {
    await db.outbox.settled()
    if (db.status.phase !== 'idle')
      await new Promise<void>((resolve) => {
        const stop = db.status.subscribe(({ phase }) => {
          if (phase !== 'idle') return
          stop()
          resolve()
        })
      })
    say('rested')
  },
  count: () => {
    ticks = 0
    say('counting')
  },
  pause: () => db.pause(),
  close: async () => {
    await db.close()
    process.stdin.destroy()
  },
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const [task, argument = ''] = line.split(' ')
  void tasks[task!]!(argument)
})
say('ready')
