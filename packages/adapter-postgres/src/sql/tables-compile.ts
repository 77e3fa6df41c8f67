/** Looks at a table of the user's own, and writes down how its rows become documents. */

/** SQLSTATE of what is wrong with the definition of a table; the error's `column` names the member. */
export const TABLE_REFUSED = 'SYTAB'

export const tableCompileSql = (s: string): string => `
CREATE FUNCTION ${s}.refuse_table(member text, reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '${TABLE_REFUSED}', COLUMN = member, MESSAGE = reason;
END $$;

CREATE FUNCTION ${s}.check_table(given jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  scope jsonb := coalesce(given -> 'scope', '"default"');
  name text;
BEGIN
  IF jsonb_typeof(given) IS DISTINCT FROM 'object' THEN PERFORM ${s}.refuse_table('', 'an object is expected'); END IF;
  FOR name IN SELECT jsonb_object_keys(given) LOOP
    IF name NOT IN ('table', 'id', 'scope', 'fields', 'schema') THEN
      PERFORM ${s}.refuse_table(name, 'there is no such option');
    END IF;
  END LOOP;
  IF NOT coalesce(jsonb_typeof(given -> 'table') = 'string' OR jsonb_typeof(given -> 'table') = 'array'
    AND jsonb_array_length(given -> 'table') = 2, false) THEN
    PERFORM ${s}.refuse_table('table', 'the table''s name is expected, or its schema and its name');
  END IF;
  IF jsonb_typeof(given -> 'id') IS DISTINCT FROM 'string' THEN PERFORM ${s}.refuse_table('id', 'a column''s name is expected'); END IF;
  IF NOT (CASE jsonb_typeof(scope) WHEN 'string' THEN ${s}.is_scope(scope)
    WHEN 'object' THEN jsonb_typeof(scope -> 'column') IS NOT DISTINCT FROM 'string'
      AND (coalesce(scope ->> 'prefix', '') = '' OR ${s}.is_scope(scope -> 'prefix')) ELSE false END) THEN
    PERFORM ${s}.refuse_table('scope', 'a scope, or {column, prefix}, is expected');
  END IF;
  IF given ? 'fields' AND (jsonb_typeof(given -> 'fields') <> 'object' OR given -> 'fields' ?| ARRAY['id', '']
    OR jsonb_path_exists(given, 'strict $.fields.* ? (@.type() != "string")')
    OR (SELECT count(*) > count(DISTINCT value) OR bool_or(value = given ->> 'id') FROM jsonb_each_text(given -> 'fields'))) THEN
    PERFORM ${s}.refuse_table('fields', 'names of columns by field are expected, each column once, and no field for the id');
  END IF;
  IF given ? 'schema' AND NOT (${s}.is_count(given -> 'schema') AND given ->> 'schema' <> '0') THEN
    PERFORM ${s}.refuse_table('schema', 'a whole number from 1 is expected');
  END IF;
END $$;

-- schemas: where a table is looked for that is named without one.
CREATE FUNCTION ${s}.find_table(given jsonb, schemas text[]) RETURNS regclass LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_alone boolean := jsonb_typeof(given -> 'table') = 'string';
  in_schema text := CASE WHEN NOT is_alone THEN given -> 'table' ->> 0 END;
  of_name text := CASE WHEN is_alone THEN given ->> 'table' ELSE given -> 'table' ->> 1 END;
  seen record;
BEGIN
  SELECT c.oid, c.relkind, c.relpersistence, n.nspname, c.relnamespace INTO seen
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = of_name AND CASE WHEN in_schema IS NULL THEN n.nspname = ANY (schemas) ELSE n.nspname = in_schema END
  ORDER BY array_position(schemas, n.nspname::text) LIMIT 1;
  IF NOT FOUND THEN PERFORM ${s}.refuse_table('table', format('there is no table %s', given -> 'table')); END IF;
  IF seen.relkind NOT IN ('r', 'p') OR seen.relpersistence = 't' OR seen.nspname IN ('pg_catalog', 'information_schema')
    OR seen.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '${s}.feed'::regclass) THEN
    PERFORM ${s}.refuse_table('table', format('%s is no table of yours', given -> 'table'));
  END IF;
  IF row_security_active(seen.oid) THEN
    PERFORM ${s}.refuse_table('table', format('row-level security hides rows of %s from %I, who syncs them', given -> 'table', current_user));
  END IF;
  RETURN seen.oid::regclass;
END $$;

-- The columns of a table, each as what is written of them in the registry.
CREATE FUNCTION ${s}.columns_of(of_table regclass) RETURNS TABLE (place integer, name text, described jsonb) LANGUAGE sql STABLE AS $$
  SELECT a.attnum::integer, a.attname::text, jsonb_build_object(
    'name', a.attname,
    -- Without its length: a cast to a length cuts, where storing refuses.
    'type', format_type(a.atttypid, -1),
    'kind', ${s}.column_kind(a.atttypid),
    'isWritable', a.attgenerated = '' AND a.attidentity <> 'a')
    || CASE WHEN ${s}.column_kind(a.atttypid) = 'array' THEN jsonb_build_object(
      'element', CASE ${s}.column_kind(t.typelem) WHEN 'array' THEN 'text' ELSE ${s}.column_kind(t.typelem) END,
      'elementType', format_type(t.typelem, -1)) ELSE '{}' END
  FROM pg_attribute a JOIN pg_type t ON t.oid = ${s}.base_type(a.atttypid)
  WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- The type of a column whose text tells rows apart, whatever the session's settings.
CREATE FUNCTION ${s}.key_type(of_table regclass, of_column text, member text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  type text;
BEGIN
  SELECT format_type(${s}.base_type(a.atttypid), -1) INTO type FROM pg_attribute a
  WHERE a.attrelid = of_table AND a.attname = of_column AND a.attnum > 0 AND NOT a.attisdropped;
  IF NOT FOUND THEN PERFORM ${s}.refuse_table(member, format('the table has no column %s', to_jsonb(of_column))); END IF;
  IF type NOT IN ('smallint', 'integer', 'bigint', 'numeric', 'text', 'character varying', 'bpchar', 'uuid') THEN
    PERFORM ${s}.refuse_table(member, format('a column of type %s cannot tell records apart', type));
  END IF;
  RETURN type;
END $$;

CREATE FUNCTION ${s}.check_key(of_table regclass, of_column text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = of_table AND a.attname = of_column AND a.attnotnull AND i.indnkeyatts = 1
      AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL) THEN
    PERFORM ${s}.refuse_table('id', format('%s is neither the primary key, nor unique and NOT NULL', to_jsonb(of_column)));
  END IF;
END $$;

-- A column that keeps a field. expression: its value, where $1 is the document.
CREATE FUNCTION ${s}.field_column(field text, of_column jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT of_column || jsonb_build_object('field', field,
    'expression', ${s}.from_json_sql(of_column, format('($1 -> %L)', field)))
$$;

-- The fields of a table with their columns, in the order of the columns.
CREATE FUNCTION ${s}.fields_of(of_table regclass, given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  missing text;
BEGIN
  IF NOT given ? 'fields' THEN
    IF EXISTS (SELECT FROM ${s}.columns_of(of_table) c WHERE c.name = 'id' AND c.name <> given ->> 'id') THEN
      PERFORM ${s}.refuse_table('fields', 'name the fields: the table has a column id that is not the id of its records');
    END IF;
    RETURN (SELECT coalesce(jsonb_agg(${s}.field_column(c.name, c.described) ORDER BY c.place), '[]')
      FROM ${s}.columns_of(of_table) c WHERE c.name <> given ->> 'id');
  END IF;
  SELECT f.value INTO missing FROM jsonb_each_text(given -> 'fields') f
  WHERE NOT EXISTS (SELECT FROM ${s}.columns_of(of_table) c WHERE c.name = f.value) LIMIT 1;
  IF FOUND THEN PERFORM ${s}.refuse_table('fields', format('the table has no column %s', to_jsonb(missing))); END IF;
  RETURN (SELECT coalesce(jsonb_agg(${s}.field_column(f.key, c.described) ORDER BY c.place), '[]')
    FROM ${s}.columns_of(of_table) c JOIN jsonb_each_text(given -> 'fields') f ON f.value = c.name);
END $$;

-- A row t as a document. A call takes a hundred arguments: the fields are put together by the forty.
CREATE FUNCTION ${s}.document_expression(id_column text, fields jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('pg_catalog.jsonb_build_object(''id'', t.%I::text)', id_column)
    || coalesce(string_agg(' || pg_catalog.jsonb_build_object(' || part.members || ')', '' ORDER BY part.nth), '')
  FROM (
    SELECT (place - 1) / 40 AS nth, string_agg(format('%L, %s', field ->> 'field',
      ${s}.to_json_sql(field, format('t.%I', field ->> 'name'))), ', ' ORDER BY place) AS members
    FROM jsonb_array_elements(fields) WITH ORDINALITY AS f(field, place) GROUP BY 1
  ) part
$$;

-- What a definition comes to. Raises ${TABLE_REFUSED} where it does not fit the table.
CREATE FUNCTION ${s}.compile_table(of_collection text, given jsonb, schemas text[]) RETURNS ${s}."table"
LANGUAGE plpgsql STABLE AS $$
DECLARE
  t ${s}."table";
  member text;
  reason text;
BEGIN
  IF of_collection IS NULL OR of_collection !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' THEN
    PERFORM ${s}.refuse_table('', 'a collection has a letter, then up to 62 letters, digits and underscores');
  END IF;
  PERFORM ${s}.check_table(given);
  t.collection := of_collection;
  t.definition := given;
  t.relation := ${s}.find_table(given, schemas);
  SELECT c.relkind = 'p' INTO t.is_partitioned FROM pg_class c WHERE c.oid = t.relation;
  t.schema := coalesce((given ->> 'schema')::bigint, 1);
  t.id_column := given ->> 'id';
  t.id_type := ${s}.key_type(t.relation, t.id_column, 'id');
  PERFORM ${s}.check_key(t.relation, t.id_column);
  IF jsonb_typeof(given -> 'scope') = 'object' THEN
    t.scope_column := given -> 'scope' ->> 'column';
    t.scope_type := ${s}.key_type(t.relation, t.scope_column, 'scope');
    t.scope_prefix := coalesce(given -> 'scope' ->> 'prefix', '');
  ELSE
    t.fixed_scope := coalesce(given ->> 'scope', 'default');
  END IF;
  t.columns := ${s}.fields_of(t.relation, given);
  t.document_sql := ${s}.document_expression(t.id_column, t.columns);
  t.search_path := (SELECT coalesce(string_agg(format('%I', name), ', ' ORDER BY place), 'pg_catalog')
    FROM unnest(schemas) WITH ORDINALITY AS n(name, place));
  RETURN t;
EXCEPTION WHEN SQLSTATE '${TABLE_REFUSED}' THEN
  GET STACKED DIAGNOSTICS member = COLUMN_NAME, reason = MESSAGE_TEXT;
  RAISE EXCEPTION USING ERRCODE = '${TABLE_REFUSED}', TABLE = of_collection, COLUMN = member, MESSAGE = reason,
    HINT = concat_ws('.', 'It is said of tables', of_collection, nullif(member, ''));
END $$;
`
