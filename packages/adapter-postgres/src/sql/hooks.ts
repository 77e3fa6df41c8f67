/** Places where more can join in, without a change of what is around them. */

/**
 * Asked by push, pull and fetch. Replace it where clients call these functions themselves, as they do on Supabase: then
 * the answer is drawn from who they are.
 */
export const authorizeSql = (s: string): string => `
-- Whether the caller may use a scope.
CREATE FUNCTION ${s}.authorize(scope text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT true $$;
`

/** Called by push, pull and fetch before they look at the feed: gives positions to what other programs wrote. */
export const sequenceSql = (s: string): string => `
CREATE FUNCTION ${s}.sequence_inbox(of_scope text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN;
END $$;
`
