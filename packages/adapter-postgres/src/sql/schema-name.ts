import { invalidOption } from '../invalid-option.ts'

// Plain, so that it means the same with and without quotes; and the prefix of PostgreSQL's own schemas is not for others.
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,40}$/
const LONGEST_NAME = 63

/** The schema's name, `synclayer` when left out. Throws INVALID_OPTION. */
export function checkSchema(schema: unknown = 'synclayer'): string {
  if (typeof schema === 'string' && SCHEMA.test(schema)) return schema
  throw invalidOption('schema', 'up to 41 small letters, digits and underscores are expected')
}

/** The role's name, quoted. Throws INVALID_OPTION. */
export function checkRole(role: unknown): string {
  if (
    typeof role === 'string' &&
    role !== '' &&
    !role.includes('\0') &&
    Buffer.byteLength(role) <= LONGEST_NAME
  )
    return quoteName(role)
  throw invalidOption('role', 'the name of a role is expected')
}

/** A name as SQL takes it, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as SQL takes it, whatever is in it and however the server reads backslashes. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
