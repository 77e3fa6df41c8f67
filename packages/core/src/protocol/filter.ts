import type { Json } from '../shared/json.ts'
import type { Path } from './identifiers.ts'

/** Operators that compare the value at a path with a given value. */
export type ValueOperator =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not-in'
  | 'array-contains'
  | 'array-contains-any'
  | 'contains'
  | 'starts-with'
  | 'ends-with'

/** Operators that need no value. */
export type NullOperator = 'is-null' | 'is-not-null'

export type Operator = ValueOperator | NullOperator

/**
 * A condition on a document: plain JSON, the same for local queries, sync filters and adapters. Logic has two values;
 * missing equals null. `query/evaluate.ts` gives it its meaning, a database may only narrow.
 */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: ValueOperator; readonly path: Path; readonly value: Json }
  | { readonly op: NullOperator; readonly path: Path }

/** Which top-level fields of a collection's documents cross the wire. `id` always does. */
export type Projection = { readonly only: readonly string[] } | { readonly except: readonly string[] }
