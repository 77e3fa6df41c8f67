/**
 * Narrowing: what a filter demands of single fields, as SQL, so that a snapshot passes over what cannot match, by an index
 * where one was declared. It only ever leaves out what certainly does not match: core's evaluator has the last word.
 *
 * Used: conditions that must all hold (a filter alone, or parts of an `and`), `==` and `in`, on texts, booleans and whole
 * numbers. Null is left to the evaluator, since missing equals null.
 */
import { ROWS_PER_CALL } from './page-bounds.ts'

export const narrowSql = (s: string): string => String.raw`
-- The conditions of a filter that must all hold: a path, and the values of which one is there.
CREATE FUNCTION ${s}.demands(filter jsonb) RETURNS TABLE (path text[], choices jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT ARRAY(SELECT jsonb_array_elements_text(part -> 'path')), wanted
  FROM jsonb_array_elements(CASE WHEN filter ->> 'op' = 'and' AND jsonb_typeof(filter -> 'filters') = 'array'
    THEN filter -> 'filters' ELSE jsonb_build_array(filter) END) part
  CROSS JOIN LATERAL (SELECT CASE part ->> 'op'
    WHEN '==' THEN jsonb_build_array(part -> 'value')
    WHEN 'in' THEN CASE WHEN jsonb_typeof(part -> 'value') = 'array' THEN part -> 'value' END END AS wanted) w
  WHERE jsonb_typeof(part) = 'object' AND ${s}.are_texts(part -> 'path')
    AND jsonb_array_length(wanted) BETWEEN 1 AND 100
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(wanted) v
      WHERE NOT (jsonb_typeof(v) IN ('string', 'boolean') OR ${s}.is_count(v)));
END $$;

-- The expression that indexes and conditions share.
CREATE FUNCTION ${s}.field_expression(path text[]) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT format('(document #> %L::text[])', path) $$;

-- What a row of one collection must fulfil, true where nothing narrows it; and whether a declared index finds it.
CREATE FUNCTION ${s}.narrow(of_collection text, filter jsonb, OUT condition text, OUT is_indexed boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- One value by =, so that an index gives its rows in the order of their positions.
  SELECT string_agg(CASE jsonb_array_length(d.choices)
      WHEN 1 THEN format('%s = %L::jsonb', ${s}.field_expression(d.path), d.choices -> 0)
      ELSE format('%s = ANY (%L::jsonb[])', ${s}.field_expression(d.path), ARRAY(SELECT jsonb_array_elements(d.choices)))
    END, ' AND ')
  INTO condition FROM ${s}.demands(filter) d;
  is_indexed := condition IS NOT NULL AND EXISTS (
    SELECT FROM ${s}.filter_index i WHERE i.collection = of_collection AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(i.paths) p
      WHERE NOT EXISTS (SELECT FROM ${s}.demands(filter) d
        WHERE to_jsonb(d.path) = p AND jsonb_array_length(d.choices) = 1)));
  condition := coalesce(condition, 'true');
END $$;

-- A query for position and size of the rows that a snapshot needs, in which a filter narrows something. Null where none does.
CREATE FUNCTION ${s}.narrowed_rows(collections jsonb, of_feed integer, start bigint, cap bigint, with_deleted boolean)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  place text := format('feed = %s AND position > %s AND position <= %s', of_feed, start, cap);
  branches text;
  conditions text;
  are_indexed boolean;
  are_narrowed boolean;
BEGIN
  SELECT string_agg(format('SELECT position, size FROM ${s}.record WHERE collection = %L AND NOT deleted AND %s AND %s',
      name, place, condition), ' UNION ALL '),
    string_agg(format('collection = %L AND (deleted OR %s)', name, condition), ' OR '),
    bool_and(is_indexed), bool_or(condition <> 'true')
  INTO branches, conditions, are_indexed, are_narrowed
  FROM (SELECT DISTINCT ON (c ->> 'name') c ->> 'name' AS name, c -> 'filter' AS filter
    FROM jsonb_array_elements(collections) c) asked
  CROSS JOIN LATERAL ${s}.narrow(asked.name, asked.filter);
  IF are_narrowed IS NOT TRUE THEN RETURN NULL; END IF;
  IF are_indexed AND NOT with_deleted THEN RETURN format('SELECT position, size FROM (%s) found', branches); END IF;
  RETURN format('SELECT position, size FROM (SELECT * FROM ${s}.record WHERE %s ORDER BY position LIMIT ${ROWS_PER_CALL}) found
    WHERE (%L OR NOT deleted) AND (%s)', place, with_deleted, conditions);
END $$;

-- Declares an index for filters on these fields together. Building it holds up writers of a large table: see the README.
CREATE FUNCTION ${s}.declare_index(of_collection text, of_paths jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  index_name text := format('record_%s_%s', left(of_collection, 40), left(md5(of_collection || of_paths::text), 12));
BEGIN
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON ${s}.record (feed, %s, position) WHERE collection = %L AND NOT deleted',
    index_name,
    (SELECT string_agg(${s}.field_expression(ARRAY(SELECT jsonb_array_elements_text(p))), ', ' ORDER BY place)
      FROM jsonb_array_elements(of_paths) WITH ORDINALITY i(p, place)),
    of_collection);
  INSERT INTO ${s}.filter_index VALUES (of_collection, of_paths, index_name) ON CONFLICT DO NOTHING;
END $$;
`
