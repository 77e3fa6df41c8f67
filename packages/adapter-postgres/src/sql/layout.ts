/**
 * The layout's number: it rises with every change of the SQL, and the schema says which one it has.
 */
import { SETTINGS } from './settings.ts'

export const LAYOUT = 1

export const layoutSql = (s: string): string => `
SELECT ${s}.make_seal_key();

INSERT INTO ${s}.meta VALUES ('layout', '${LAYOUT}');

CREATE FUNCTION ${s}.layout() RETURNS integer LANGUAGE plpgsql STABLE ${SETTINGS} AS $$
BEGIN
  RETURN (SELECT value::integer FROM ${s}.meta WHERE name = 'layout');
END $$;
`
