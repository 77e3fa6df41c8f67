/** The types of the hooks follow from the collections; nothing is written twice. */
import { collection, createSyncLayer, type SyncError, type SyncLayer } from '@synclayer/core'
import { describe, expectTypeOf, test } from 'vitest'
import {
  type LoadedResult,
  type QueryResult,
  SyncLayerProvider,
  useDocument,
  useQuery,
  useSuspenseDocument,
  useSuspenseQuery,
  useSyncLayer,
} from './index.ts'
import type { ClientOf } from './register.ts'

interface Todo {
  readonly id: string
  readonly text: string
  readonly done: boolean
}

const open = async () =>
  createSyncLayer({ collections: { todos: collection<Todo>(), notes: collection<{ body: string }>() } })
type Db = Awaited<ReturnType<typeof open>>
declare const db: Db

describe('hooks', () => {
  test('useQuery gives the documents of the query', () => {
    const todos = db.collection('todos')
    expectTypeOf(useQuery(todos.where('done', '==', false))).toEqualTypeOf<
      QueryResult<readonly Readonly<Todo>[]>
    >()
    expectTypeOf(useQuery(db.collection('notes')).data).toEqualTypeOf<
      readonly Readonly<{ body: string } & { readonly id: string }>[] | undefined
    >()
    expectTypeOf(useQuery(Math.random() > 1 ? todos.limit(1) : null).data).toEqualTypeOf<
      readonly Readonly<Todo>[] | undefined
    >()
    expectTypeOf(useQuery(todos).error).toEqualTypeOf<SyncError | undefined>()
    // @ts-expect-error a promise is no query
    useQuery(todos.get('a'))
  })

  test('useDocument gives the document', () => {
    expectTypeOf(useDocument(db.collection('todos'), 'a').data).toEqualTypeOf<Readonly<Todo> | undefined>()
    useDocument(db.collection('todos'), null)
    // @ts-expect-error an id is a string
    useDocument(db.collection('todos'), 5)
  })

  test('with suspense the data is there', () => {
    expectTypeOf(useSuspenseQuery(db.collection('todos').limit(3))).toEqualTypeOf<
      LoadedResult<readonly Readonly<Todo>[]>
    >()
    expectTypeOf(useSuspenseDocument(db.collection('todos'), 'a').data).toEqualTypeOf<
      Readonly<Todo> | undefined
    >()
    // @ts-expect-error suspending needs something to wait for
    useSuspenseQuery(null)
  })

  test('any client can be provided, and is given back as registered', () => {
    SyncLayerProvider({ client: db })
    expectTypeOf(useSyncLayer<Db>()).toEqualTypeOf<Db>()
    expectTypeOf<ClientOf<{ client: Db }>>().toEqualTypeOf<Db>()
    expectTypeOf<ClientOf<{ other: Db }>>().toEqualTypeOf<SyncLayer>()
    // @ts-expect-error this is no client
    SyncLayerProvider({ client: {} })
  })
})
