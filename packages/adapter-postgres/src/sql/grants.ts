/** Who may do what: nobody anything, unless it is granted. Whoever may call these functions may use every scope. */

/** What the adapter calls. All else is called by these, with the rights of their owner. */
const ENTRIES = [
  'push(text, jsonb, jsonb)',
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
${ENTRIES.map((entry) => `GRANT EXECUTE ON FUNCTION ${s}.${entry} TO ${role};`).join('\n')}
`
