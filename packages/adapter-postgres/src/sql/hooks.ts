/**
 * Asked by push, pull and fetch. Replace it where clients call these functions themselves, as they do on Supabase: then
 * the answer is drawn from who they are.
 */
export const authorizeSql = (s: string): string => `
-- Whether the caller may use a scope.
CREATE FUNCTION ${s}.authorize(scope text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT true $$;
`
