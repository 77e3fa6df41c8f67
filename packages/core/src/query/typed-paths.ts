/**
 * Paths into documents, checked by the compiler: which paths a type has, what lies at them, and which operators and
 * values fit there. Types only; the same rules are checked by code for what TypeScript does not see.
 */
import type { NullOperator, Operator, ValueOperator } from '../protocol/filter.ts'

type Primitive = string | number | boolean | bigint | symbol | null | undefined

type IsAny<T> = 0 extends 1 & T ? true : false

/** True for any, unknown and types with an index signature, where any key may be asked for. */
type IsOpen<T> =
  IsAny<T> extends true ? true : unknown extends T ? true : string extends keyof T ? true : false

/** How many levels of nesting are enumerated; counts down. Deeper paths take the array form. */
type Fuel = 6
type Less = [never, 0, 1, 2, 3, 4, 5]

/** The keys of one object that a dotted path can name. */
type PlainKey<T> = Exclude<keyof T & string, `${string}.${string}` | ''>

/**
 * The dotted paths of a document: `'done' | 'user' | 'user.name'`. Of a union those of all its members; arrays and
 * primitives end a path; documents that are `any` or have an index signature accept any string.
 */
export type DottedPath<T, Depth extends number = Fuel> =
  IsAny<T> extends true
    ? string
    : unknown extends T
      ? string
      : [Depth] extends [never]
        ? never
        : T extends Primitive | readonly unknown[]
          ? never
          : string extends keyof T
            ? string
            : { [K in PlainKey<T>]: K | SubPath<K, DottedPath<T[K], Less[Depth]>> }[PlainKey<T>]

type SubPath<K extends string, Rest> = Rest extends string ? `${K}.${Rest}` : never

/** What is at one key; undefined where a member of a union has no such key. */
type Field<T, K> =
  IsAny<T> extends true
    ? unknown
    : unknown extends T
      ? unknown
      : T extends Primitive | readonly unknown[]
        ? undefined
        : K extends keyof T
          ? T[K]
          : string extends keyof T
            ? T[string & keyof T]
            : undefined

/** The type at a dotted path or at an array of keys. */
export type ValueAt<T, P extends string | readonly string[]> = P extends readonly string[]
  ? P extends readonly [infer Key, ...infer Rest extends readonly string[]]
    ? Rest extends readonly []
      ? Field<T, Key>
      : ValueAt<Field<T, Key>, Rest>
    : unknown
  : P extends `${infer Key}.${infer Rest}`
    ? ValueAt<Field<T, Key>, Rest>
    : Field<T, P>

/** The array itself where its keys lead somewhere in T, else never. A `string[]` of unknown keys passes. */
export type KeyPath<T, P extends readonly string[]> = P extends readonly [
  infer Key,
  ...infer Rest extends readonly string[],
]
  ? HasKey<T, Key> extends true
    ? Rest extends readonly []
      ? P
      : KeyPath<Field<T, Key>, Rest> extends never
        ? never
        : P
    : never
  : P

/** Distributes over T: true where any member of the union has the key. */
type HasKey<T, K> =
  IsOpen<T> extends true ? true : true extends (T extends unknown ? MemberHasKey<T, K> : never) ? true : false

type MemberHasKey<T, K> = T extends Primitive | readonly unknown[]
  ? false
  : string extends keyof T
    ? true
    : K extends keyof T
      ? true
      : false

/** The operators that make sense for what is at a path; every one where that is unknown. */
export type OperatorFor<V> =
  IsOpenValue<V> extends true
    ? Operator
    : | '=='
      | '!='
      | 'in'
      | 'not-in'
      | NullOperator
      | (Extract<V, string | number> extends never ? never : '<' | '<=' | '>' | '>=')
      | (Extract<V, string> extends never ? never : 'contains' | 'starts-with' | 'ends-with')
      | (Extract<V, readonly unknown[]> extends never ? never : 'array-contains' | 'array-contains-any')

type IsOpenValue<V> = IsAny<V> extends true ? true : unknown extends V ? true : false

type ElementOf<V> = Extract<V, readonly unknown[]> extends readonly (infer E)[] ? E : never

/** What an operator is given for what is at a path. Null may always be asked for, since missing equals null (Q1). */
export type OperandFor<V, O> =
  IsOpenValue<V> extends true
    ? unknown
    : O extends '==' | '!='
      ? Exclude<V, undefined> | null
      : O extends 'in' | 'not-in'
        ? readonly (Exclude<V, undefined> | null)[]
        : O extends '<' | '<=' | '>' | '>='
          ? Extract<V, string | number>
          : O extends 'array-contains'
            ? ElementOf<V>
            : O extends 'array-contains-any'
              ? readonly ElementOf<V>[]
              : string

/** The arguments behind path and operator: one value, or none for `is-null` and `is-not-null`. */
export type OperandArguments<V, O> = O extends NullOperator
  ? readonly []
  : O extends ValueOperator
    ? readonly [value: OperandFor<V, O>]
    : never

/** Fields by dotted path, and the values they must equal. */
export type WhereFields<T> = { readonly [P in DottedPath<T>]?: OperandFor<ValueAt<T, P>, '=='> }
