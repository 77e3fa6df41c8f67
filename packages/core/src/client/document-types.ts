/** How the types of an app's documents become those of the API. */

/** Documents of a collection that was declared without a type. */
export interface AnyDocument {
  readonly id: string
  readonly [field: string]: unknown
}

/** A document as it is read: with its id. */
export type Stored<Document> = Document extends { readonly id: string }
  ? Document
  : Document & { readonly id: string }

/** A document as it is saved: its id may be left out, and is then made. */
export type SaveInput<Input> = Input extends unknown
  ? string extends keyof Input
    ? object
    : Omit<Input, 'id'> & { readonly id?: string }
  : never

/** Top-level fields and what replaces each; undefined removes it. */
export type Changes<Document> = Document extends unknown
  ? string extends keyof Document
    ? { readonly [field: string]: unknown }
    : { readonly [Field in keyof Document]?: Document[Field] | undefined }
  : never

/** A plain deep copy that may be changed in place. */
export type Draft<Value> = Value extends (...parameters: never) => unknown
  ? Value
  : Value extends object
    ? { -readonly [Key in keyof Value]: Draft<Value[Key]> }
    : Value
