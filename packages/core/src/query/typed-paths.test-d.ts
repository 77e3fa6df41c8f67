/** Checked by tsc alone: what compiles here must, and every `@ts-expect-error` must be an error. */
import type { Filter } from '../protocol/filter.ts'
import type { JsonObject } from '../shared/json.ts'
import { or } from './filter.ts'
import type { Query } from './query.ts'
import type { DottedPath, OperatorFor, ValueAt } from './typed-paths.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_equal: Equal<A, B>): void => undefined

interface Todo {
  id: string
  text: string
  done: boolean
  priority?: 1 | 2 | 3
  due: string | null
  tags: string[]
  user: { name: string; address?: { city: string; zip: number | null } }
  steps: { title: string }[]
  'dotted.key': number
}

same<
  DottedPath<Todo>,
  | 'id'
  | 'text'
  | 'done'
  | 'priority'
  | 'due'
  | 'tags'
  | 'user'
  | 'user.name'
  | 'user.address'
  | 'user.address.city'
  | 'user.address.zip'
  | 'steps'
>(true)
same<ValueAt<Todo, 'user.name'>, string>(true)
same<ValueAt<Todo, 'user.address.city'>, string | undefined>(true)
same<ValueAt<Todo, ['user', 'address', 'zip']>, number | null | undefined>(true)
same<ValueAt<Todo, ['dotted.key']>, number>(true)
same<DottedPath<JsonObject>, string>(true)
// oxlint-disable-next-line no-explicit-any -- what untyped collections have
same<DottedPath<any>, string>(true)
same<OperatorFor<boolean>, '==' | '!=' | 'in' | 'not-in' | 'is-null' | 'is-not-null'>(true)

type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number }
same<DottedPath<Shape>, 'kind' | 'radius' | 'side'>(true)
same<ValueAt<Shape, 'radius'>, number | undefined>(true)

interface Tree {
  id: string
  left?: Tree
  right?: Tree
  children: Tree[]
}
same<'left.right.left' extends DottedPath<Tree> ? true : false, true>(true)

export function conditions(todos: Query<Todo>): void {
  todos.where('done', '==', false).where('priority', '>=', 2).where('user.name', 'starts-with', 'A')
  todos.where('due', 'is-null').where('due', '==', null).where('priority', 'in', [1, 2, null])
  todos.where('tags', 'array-contains', 'work').where('tags', 'array-contains-any', ['work', 'home'])
  todos.where('tags', '==', ['work']).where('user', '==', { name: 'Ada' })
  todos.where('steps', 'array-contains', { title: 'First' })
  todos.where(['dotted.key'], '>', 5).where(['user', 'address', 'city'], 'ends-with', 'n')
  todos.where({ done: true, 'user.name': 'Ada' })
  todos.where(or(['tags', 'array-contains', 'work'], ['user.name', 'starts-with', 'A']))
  todos.where(['tags', 'array-contains', 'work'])
  todos.where({} as Filter)
  todos.orderBy('priority', 'desc').orderBy('user.address.city').orderBy(['dotted.key'])

  // @ts-expect-error no such path
  todos.where('dune', '==', false)
  // @ts-expect-error no such nested path
  todos.where('user.nome', '==', 'Ada')
  // @ts-expect-error a boolean is not a string
  todos.where('done', '==', 'false')
  // @ts-expect-error booleans are not compared by size
  todos.where('done', '<', true)
  // @ts-expect-error no such priority
  todos.where('priority', '==', 4)
  // @ts-expect-error only arrays have elements
  todos.where('text', 'array-contains', 'work')
  // @ts-expect-error the element is a string
  todos.where('tags', 'array-contains', 5)
  // @ts-expect-error a list is needed
  todos.where('priority', 'in', 1)
  // @ts-expect-error numbers begin with nothing
  todos.where('priority', 'starts-with', '1')
  // @ts-expect-error no value for is-null
  todos.where('due', 'is-null', null)
  // @ts-expect-error the value is missing
  todos.where('due', '==')
  // @ts-expect-error undefined is not a value
  todos.where('due', '==', undefined)
  // @ts-expect-error arrays end a path
  todos.where('steps.title', '==', 'First')
  // @ts-expect-error no such key
  todos.where(['user', 'nome'], '==', 'Ada')
  // @ts-expect-error wrong type behind the keys
  todos.where(['user', 'name'], '==', 5)
  // @ts-expect-error no such path
  todos.orderBy('dune')
  // @ts-expect-error neither up nor down
  todos.orderBy('done', 'up')
  // @ts-expect-error no such field
  todos.where({ dune: true })
}

export function untyped(records: Query<JsonObject>, trees: Query<Tree>): void {
  records.where('anything.at.all', '>', 5).where(['any', 'key'], 'array-contains', null).orderBy('what.ever')
  records.where({ anything: 5 })
  trees.where('left.left.right.id', '==', 'x')
}

export function generic<T extends { id: string; done: boolean }>(query: Query<T>): Promise<Readonly<T>[]> {
  return query.limit(5).get()
}

// oxlint-disable-next-line no-explicit-any -- what untyped collections have
export function loose(anything: Query<any>): void {
  anything.where('a.b', '==', 5).where('c', 'contains', 'x').orderBy('d', 'desc')
}
