/**
 * Tables of the user's own that are synced as collections. Which they are is kept here, so every process finds them, with
 * what their columns were when they were set up: expressions that make a document of a row, and types to make rows of
 * documents.
 */
export const tableRegistrySql = (s: string): string => `
CREATE TABLE ${s}."table" (
  collection text COLLATE "C" PRIMARY KEY,
  -- As the option tables of the adapter has it.
  definition jsonb NOT NULL,
  relation regclass NOT NULL,
  -- Rows of tables that inherit from it are not its own; those of partitions are.
  is_partitioned boolean NOT NULL,
  -- The schema version of the documents.
  schema bigint NOT NULL,
  id_column text NOT NULL,
  id_type text NOT NULL,
  -- Of all rows; null where a column says it.
  fixed_scope text COLLATE "C",
  scope_column text,
  scope_type text,
  scope_prefix text,
  -- The expression that makes the document of a row which is called t.
  document_sql text NOT NULL,
  -- [{field, name, type, kind, element, elementType, isWritable, expression}]
  columns jsonb NOT NULL,
  -- What triggers of the table expect: the one of who set it up.
  search_path text NOT NULL
);

-- The table in a statement, whatever it is called by now.
CREATE FUNCTION ${s}.source_of(t ${s}."table") RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN t.is_partitioned THEN '' ELSE 'ONLY ' END || t.relation::text $$;

-- The expression for the scope of a row; null where it is in none.
CREATE FUNCTION ${s}.scope_sql(t ${s}."table", row_name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN t.scope_column IS NULL THEN format('%L::text', t.fixed_scope)
    ELSE format('(%L || %s.%I::text)', t.scope_prefix, row_name, t.scope_column) END
$$;

-- True for what the column of ids holds, and gives back as the same text.
CREATE FUNCTION ${s}.is_row_id(id_type text, id text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE id_type
    WHEN 'smallint' THEN id ~ '^(0|-?[1-9][0-9]{0,4})$' AND id::numeric BETWEEN -32768 AND 32767
    WHEN 'integer' THEN id ~ '^(0|-?[1-9][0-9]{0,9})$' AND id::numeric BETWEEN -2147483648 AND 2147483647
    WHEN 'bigint' THEN id ~ '^(0|-?[1-9][0-9]{0,18})$'
      AND id::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
    WHEN 'numeric' THEN id ~ '^(0|-?[1-9][0-9]{0,99}|-?(0|[1-9][0-9]{0,99})[.][0-9]+)$'
    WHEN 'uuid' THEN id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    WHEN 'bpchar' THEN right(id, 1) <> ' '
    ELSE true
  END
$$;
`
