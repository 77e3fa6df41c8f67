/** `collection(…)`: what an app says of one of its collections. */
import type { FieldPolicy } from '../conflict/field-policies.ts'
import type { Resolver, StrategyName } from '../conflict/resolver.ts'
import type { DottedPath } from '../query/typed-paths.ts'
import type { Path } from '../protocol/identifiers.ts'
import { checkCollectionOptions, type CheckedCollection } from './check-collection.ts'
import type { AnyDocument, Stored } from './document-types.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts'

export interface CollectionOptions<Document> {
  /** What queries are to be fast on: `'done'`, `'user.name'`, or several paths together, `['userId', 'priority']`. */
  readonly indexes?: readonly (
    DottedPath<Stored<Document>> | readonly (DottedPath<Stored<Document>> | Path)[]
  )[]
  /** The version of the documents' schema, 1 unless told. Raise it when older documents have to be changed. */
  readonly version?: number
  /**
   * How a document of the version before becomes one of this version, by version. A version without a function changes
   * nothing. It runs on every device for itself, so it must give the same result for the same document; it must keep the id.
   */
  readonly migrate?: Readonly<Record<number, (document: AnyDocument) => object>>
  /** True: the collection never leaves the device. */
  readonly local?: boolean
  /** The scope a new document belongs to; the client's first where this is left out or gives undefined. */
  readonly scope?: (document: Readonly<Stored<Document>>) => string | undefined
  /** How conflicts are decided here, where not as everywhere. */
  readonly conflicts?: StrategyName | Resolver<Stored<Document>>
  /** Fields that know how to combine two edits: `{ likes: 'counter', tags: 'set' }`. */
  readonly fields?: { readonly [Field in DottedPath<Document>]?: FieldPolicy }
}

export interface SchemaOptions<Schema extends StandardSchema> extends CollectionOptions<
  SchemaOutput<Schema>
> {
  /**
   * Any Standard Schema (zod, valibot, arktype, …) that answers at once. It binds local writes only; what it gives is
   * what is stored, and so it must take what it gives.
   */
  readonly schema: Schema
}

/** A checked definition. `Document` is what is read, `Input` what is saved. */
export interface CollectionDefinition<Document, Input = Document> {
  readonly '~checked': CheckedCollection
  /** Only for the compiler. */
  readonly '~types'?: { readonly document: Document; readonly input: Input }
}

/**
 * Defines a collection whose documents are checked, and typed, by a schema. Throws INVALID_OPTION for a wrong option.
 */
export function collection<Schema extends StandardSchema>(
  options: SchemaOptions<Schema>,
): CollectionDefinition<SchemaOutput<Schema>, SchemaInput<Schema>>
/** Defines a collection of documents of any kind. Throws INVALID_OPTION for a wrong option. */
export function collection(
  options?: CollectionOptions<AnyDocument> & { readonly schema?: never },
): CollectionDefinition<AnyDocument>
/** Defines a collection whose documents have the given type. Throws INVALID_OPTION for a wrong option. */
export function collection<Document extends object>(
  options?: CollectionOptions<Document> & { readonly schema?: never },
): CollectionDefinition<Document>
export function collection(options: unknown = {}): CollectionDefinition<unknown> {
  return { '~checked': checkCollectionOptions(options) }
}

/** What `createSyncLayer` takes as `collections`: definitions by name, or just the names. */
export type CollectionsOption = readonly string[] | Readonly<Record<string, CollectionDefinition<unknown>>>

/** The names of a collections option. */
export type CollectionName<Collections> = Collections extends readonly (infer Name extends string)[]
  ? Name
  : keyof Collections & string

/** What is read from the collection of that name. */
export type DocumentOf<Collections, Name> = Stored<Known<TypesOf<Collections, Name>['document']>>

/** What is saved to the collection of that name. */
export type InputOf<Collections, Name> = Known<TypesOf<Collections, Name>['input']>

/** Where nothing is known of the type, a document of any kind. */
type Known<Document> = unknown extends Document ? AnyDocument : Document

interface Types {
  readonly document: unknown
  readonly input: unknown
}

interface AnyTypes {
  readonly document: AnyDocument
  readonly input: AnyDocument
}

type TypesOf<Collections, Name> = Collections extends readonly string[]
  ? AnyTypes
  : Name extends keyof Collections
    ? Collections[Name] extends { readonly '~types'?: infer Found }
      ? Extract<Found, Types>
      : AnyTypes
    : AnyTypes
