/** Who may do what: nobody anything, unless it is granted. Whoever may call these functions may use every scope. */

/**
 * What the adapter calls. All else is called by these, with the rights of their owner. `push` is not among them: it is for
 * those who are not trusted to check what they send.
 */
const entries = (s: string): readonly string[] => [
  `push_checked(text, jsonb, ${s}.checked_columns, jsonb)`,
  'pull(jsonb, jsonb)',
  'fetch(jsonb)',
  'purge(text, double precision)',
  'scopes(integer, integer)',
  'heads(text[])',
  'layout()',
  'stale_tables(jsonb, text[])',
]

export const privacySql = (s: string): string => `
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${s} FROM PUBLIC;
`

/** `role` is quoted already. */
export const grantSql = (s: string, role: string): string => `
GRANT USAGE ON SCHEMA ${s} TO ${role};
${entries(s)
  .map((entry) => `GRANT EXECUTE ON FUNCTION ${s}.${entry} TO ${role};`)
  .join('\n')}
`
