/**
 * Saves without end while it syncs, until it is killed. Says what it is about to do (`i …`) and what was acknowledged
 * (`a …`), `p` when a part of the first sync is in, `c` when all of it is, and `e …` for errors.
 *
 * Between what it saves together it rests for about so many milliseconds. Its own notes are written by nobody else. Counters and accounts are written by all clients at once.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { dice, openClient, programArguments, say } from './engine-program.ts'

const [store, backend, name, life, seed, restMs, batchSize] = programArguments(
  'store',
  'backend',
  'name',
  'life',
  'seed',
  'rest',
  'batch',
) as [string, string, string, string, string, string, string]
const roll = dice(Number(seed))
const below = (count: number): number => Math.floor(roll() * count)

const db = await openClient({ store, backend, sync: { batchSize: Number(batchSize) } })
const notes = db.collection('notes')
const counters = db.collection('counters')
const accounts = db.collection('accounts')
db.on('error', ({ error }) => say(`e ${error.code} ${error.message}`))
db.status.subscribe(({ progress }) => {
  if (progress !== null && progress.done > 0) say('p')
})
const watched = counters.where('id', 'starts-with', 'counter').watch()
let isComplete = false
watched.subscribe(noteComplete, noteComplete)
say('ready')

function noteComplete(): void {
  if (isComplete || !watched.complete) return
  isComplete = true
  say('c')
}

const own = (await notes.where('id', 'starts-with', `${name}-`).get()).map(({ id }) => id)
let last = 0

/** Says what is to be done, does it, and says that it is done. */
async function perform(what: string, act: () => Promise<unknown>): Promise<void> {
  say(`i ${what}`)
  await act()
  say(`a ${what}`)
}

function create(): Promise<void> {
  const id = `${name}-${life}-${++last}`
  own.push(id)
  return perform(`note ${id} 0`, () => notes.save({ id, text: 'A note of its own.', n: 0 }))
}

/** Two notes that are there together or not at all. */
function createPair(): Promise<void> {
  const id = `${name}+${life}-${++last}`
  return perform(`pair ${id}`, () =>
    db.transaction((tx) => {
      for (const half of ['left', 'right']) void tx.notes.save({ id: `${id}-${half}`, text: half, n: 0 })
    }),
  )
}

function edit(): Promise<void> {
  const id = own[below(own.length)]
  if (id === undefined) return create()
  const n = Number(life) * 1_000_000 + ++last
  return perform(`note ${id} ${n}`, () => notes.update(id, (draft) => void (draft.n = n)))
}

function remove(): Promise<void> {
  const [id] = own.splice(below(own.length), 1)
  return id === undefined ? create() : perform(`gone ${id}`, () => notes.delete(id))
}

async function increment(): Promise<void> {
  const id = `counter-${below(3)}`
  if ((await counters.get(id)) === undefined) return create()
  return perform(`counter ${id}`, () =>
    counters.update(id, (draft) => {
      draft.n += 1
      draft.by[name] = (draft.by[name] ?? 0) + 1
      draft.last = `${name} ${life}`
    }),
  )
}

async function transfer(): Promise<void> {
  const from = `account-${below(4)}`
  const to = `account-${(Number(from.at(-1)) + 1 + below(3)) % 4}`
  if ((await accounts.get(from)) === undefined || (await accounts.get(to)) === undefined) return create()
  const amount = 1 + below(9)
  return perform('transfer', () =>
    db.transaction(async (tx) => {
      for (const [id, change] of [
        [from, -amount],
        [to, amount],
      ] as const) {
        await tx.accounts.update(id, (draft) => {
          draft.balance += change
          draft.moves += 1
          draft.by[name] = (draft.by[name] ?? 0) + 1
        })
      }
    }),
  )
}

const ACTS = [create, createPair, edit, edit, remove, increment, increment, transfer] as const
for (;;) {
  // Some share a tick, and so a commit; after it whatever else waits gets its turn.
  const together = Array.from({ length: 1 + below(6) }, () => ACTS[below(ACTS.length)]!())
  await Promise.all(together)
  const pauses = 1 + below(20)
  for (let turn = 0; turn < pauses; turn++) await nextTurn()
  if (restMs !== '0') await delay(below(2 * Number(restMs)))
}
