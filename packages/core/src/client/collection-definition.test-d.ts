/** Checked by tsc alone: what compiles here must, and every `@ts-expect-error` must be an error. */
import { maxValue, mergeArrays } from '../conflict/resolvers.ts'
import type { LiveQuery } from '../query/live-query.ts'
import { collection } from './collection-definition.ts'
import { createSyncLayer } from './create-sync-layer.ts'
import type { StandardSchema } from './standard-schema.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_equal: Equal<A, B>): void => undefined

interface Todo {
  id: string
  text: string
  done?: boolean
  user: { name: string; tags: string[] }
}

interface Unnamed {
  text: string
}

declare const aDate: Date
declare const NoteSchema: StandardSchema<{ text: string; at?: Date }, { text: string; at: string }>

collection<Todo>({ indexes: ['done', 'user.name', ['done', 'user.name'], [['user', 'name'], 'text']] })
collection<Todo>({ scope: (todo) => `user:${todo.user.name}`, fields: { 'user.tags': 'set' } })
collection<Todo>({ conflicts: ({ local, remote }) => (local === null ? remote : { ...local, done: true }) })
collection({
  schema: NoteSchema,
  version: 2,
  migrate: { 2: (doc) => ({ ...doc, at: 'x' }) },
  indexes: ['at'],
})
collection({ local: true })
collection()

// @ts-expect-error there is no such path
collection<Todo>({ indexes: ['user.age'] })
// @ts-expect-error there is no such option
collection<Todo>({ index: ['done'] })
// @ts-expect-error there is no such policy
collection<Todo>({ fields: { 'user.tags': 'list' } })
// @ts-expect-error there is no such path in what the schema gives
collection({ schema: NoteSchema, indexes: ['missing'] })
// @ts-expect-error no strategy goes by that name
collection<Todo>({ conflicts: 'newest' })

export async function usage(): Promise<void> {
  const db = await createSyncLayer({
    collections: {
      todos: collection<Todo>(),
      unnamed: collection<Unnamed>(),
      notes: collection({ schema: NoteSchema }),
      free: collection(),
    },
    sync: { interval: '5m', retry: { base: 500, max: '1.5m' } },
  })
  const todos = db.collection('todos')
  const id: string = await todos.save({ text: 'a', user: { name: 'b', tags: [] } })
  const todo = await todos.get(id)
  same<typeof todo, Readonly<Todo> | undefined>(true)
  // @ts-expect-error documents that were read are not to be changed
  todo!.text = 'b'
  // @ts-expect-error a field is missing
  await todos.save({ text: 'a' })
  // @ts-expect-error a field has another type
  await todos.save({ text: 7, user: { name: 'b', tags: [] } })
  await todos.update(id, { done: undefined, text: 'b' })
  // @ts-expect-error there is no such field
  await todos.update(id, { due: 1 })
  await todos.update(id, (draft) => {
    draft.user.tags.push('x')
    delete draft.done
  })
  // @ts-expect-error there is no such collection
  db.collection('todo')
  const live = todos.where('done', '==', true).orderBy('user.name').watch()
  same<typeof live, LiveQuery<readonly Readonly<Todo>[]>>(true)
  // @ts-expect-error there is no such path
  todos.where('user.age', '==', 1)
  // @ts-expect-error `contains` is for texts
  todos.where('done', 'contains', 'x')
  const one = todos.watch(id)
  same<typeof one, LiveQuery<Readonly<Todo> | undefined>>(true)

  const unnamed = await db.collection('unnamed').get(id)
  const named: string | undefined = unnamed?.id
  await db.collection('unnamed').save({ text: 'a' })
  await db.collection('unnamed').save({ text: 'a', id: 'x' })

  await db.collection('notes').save({ text: 'a', at: aDate })
  // @ts-expect-error what the schema gives is not what it takes
  await db.collection('notes').save({ text: 'a', at: '1970' })
  const at: string | undefined = (await db.collection('notes').get(id))?.at

  const free = await db.collection('free').get(id)
  const anything: unknown = free?.['anything']
  await db.collection('free').save({ whatever: [1, 2] })
  await db.collection('free').save(todo!)
  await db.collection('free').update(id, { whatever: null })
  db.collection('free').where('a.b', '>=', 1)

  const sum: number = await db.transaction(async (tx) => {
    await tx.todos.update(id, { done: true })
    const note = await tx.collection('notes').get(id)
    // @ts-expect-error there is no such collection
    void tx.other
    return note === undefined ? 0 : 1
  })

  const off = db.on('conflict', ({ collection: name, winner }) => void [name, winner])
  off()
  // @ts-expect-error there is no such event
  db.on('conflicts', () => undefined)

  const byName = await createSyncLayer({ collections: ['todos', 'notes'] })
  await byName.collection('todos').save({ text: 'a', done: false })
  // @ts-expect-error there is no such collection
  byName.collection('lists')
  // @ts-expect-error there is no such option
  await createSyncLayer({ collections: ['a'], filters: {} })
  // @ts-expect-error no duration
  await createSyncLayer({ collections: ['a'], sync: { interval: '5 minutes' } })
  void [named, at, anything, sum]
}

/** Ready-made resolvers fit everywhere. */
export const byResolver: readonly unknown[] = [
  collection<Todo>({ conflicts: mergeArrays(['user.tags']) }),
  collection<Unnamed>({ conflicts: maxValue(['text']) }),
  collection({ conflicts: maxValue(['n']) }),
  createSyncLayer({ collections: ['a'], conflicts: maxValue(['n']) }),
  collection<Unnamed>({ conflicts: ({ local, remote }) => local ?? remote }),
]
