/** Asking the app's schema (D11). */
import { SyncError } from '../errors/sync-error.ts'
import type { CollectionContext } from './client-context.ts'
import type { SchemaIssue } from './standard-schema.ts'

/** What the collection's schema makes of a document. Throws INVALID_DOCUMENT with `details.issues`, or NOT_SUPPORTED. */
export function validate(context: CollectionContext, input: unknown): unknown {
  const { schema } = context.checked
  if (schema === null) return input
  const result = schema['~standard'].validate(input)
  if (result instanceof Promise) {
    // Nobody else will ever look at it.
    result.catch(() => undefined)
    throw new SyncError(
      'NOT_SUPPORTED',
      `The schema of ${context.spec.name} answers with a Promise. Only schemas that answer at once are supported.`,
      { details: { collection: context.spec.name } },
    )
  }
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(({ message, path }) => ({ message, path: (path ?? []).map(segment) }))
  const first = issues[0]
  const where = first === undefined || first.path.length === 0 ? '' : `${first.path.map(String).join('.')}: `
  throw new SyncError(
    'INVALID_DOCUMENT',
    `The document does not fit the schema of ${context.spec.name}: ${where}${first?.message ?? 'it was refused'}`,
    { details: { collection: context.spec.name, path: first?.path.map(String).join('.') ?? '', issues } },
  )
}

function segment(part: NonNullable<SchemaIssue['path']>[number]): PropertyKey {
  return typeof part === 'object' ? part.key : part
}
