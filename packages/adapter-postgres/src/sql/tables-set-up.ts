/**
 * Setting tables up. Triggers note which records may have changed, in the inbox, and do nothing else: they take no lock
 * that anybody waits for, and give no reason to fail. A record noted for nothing costs a look.
 */
import { SETTINGS } from './settings.ts'
import { TABLE_REFUSED } from './tables-compile.ts'

export const tableSetUpSql = (s: string): string => String.raw`
-- The name of a collection's function and triggers: names have 63 bytes at most.
CREATE FUNCTION ${s}.note_name(of_collection text, what text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT concat_ws('_', 'synclayer', left(of_collection, 30), left(md5(of_collection), 8), what) $$;

-- The query for notes. row_name: what they are taken from. No record can have a scope or an id that is left out here.
CREATE FUNCTION ${s}.note_sql(t ${s}."table", row_name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('INSERT INTO ${s}.inbox (scope, collection, id) SELECT %1$s, %2$L, %3$s
    %4$s WHERE %1$s ~ ''^[\u0020-\u007e]{1,128}$'' AND octet_length(%3$s) BETWEEN 1 AND 512',
    ${s}.scope_sql(t, row_name), t.collection, format('%s.%I::text', row_name, t.id_column),
    CASE row_name WHEN 't' THEN format('FROM %s t', ${s}.source_of(t)) ELSE '' END)
$$;

CREATE FUNCTION ${s}.note_body(t ${s}."table") RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('BEGIN
  IF TG_OP <> ''INSERT'' THEN %1$s; END IF;
  IF TG_OP = ''INSERT'' THEN %2$s;
  ELSIF TG_OP = ''UPDATE'' AND (OLD.%3$I::text, %4$s) IS DISTINCT FROM (NEW.%3$I::text, %5$s) THEN %2$s; END IF;
  RETURN NULL;
END', ${s}.note_sql(t, 'OLD'), ${s}.note_sql(t, 'NEW'), t.id_column, ${s}.scope_sql(t, 'OLD'), ${s}.scope_sql(t, 'NEW'))
$$;

-- Notes the records of a collection that are live.
CREATE FUNCTION ${s}.note_records(of_collection text) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO ${s}.inbox (scope, collection, id)
  SELECT f.scope, r.collection, r.id FROM ${s}.feed f
  JOIN ${s}.record r ON r.feed = f.feed AND r.collection = of_collection WHERE NOT r.deleted
$$;

CREATE FUNCTION ${s}.note_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM ${s}.note_records(TG_ARGV[0]);
  RETURN NULL;
END $$;

-- True where both triggers of a table are there and fire.
CREATE FUNCTION ${s}.is_noted(t ${s}."table") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT count(*) = 2 FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
  WHERE g.tgrelid = t.relation AND g.tgenabled <> 'D' AND NOT g.tgisinternal
    AND (g.tgname = ${s}.note_name(t.collection, 'truncate')
      OR g.tgname = ${s}.note_name(t.collection, 'row') AND p.prosrc = ${s}.note_body(t))
$$;

CREATE FUNCTION ${s}.drop_triggers(of_collection text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT g.tgname, g.tgrelid::regclass AS of_table FROM pg_trigger g
    WHERE g.tgname IN (${s}.note_name(of_collection, 'row'), ${s}.note_name(of_collection, 'truncate')) AND g.tgparentid = 0
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', each.tgname, each.of_table);
  END LOOP;
  EXECUTE format('DROP FUNCTION IF EXISTS ${s}.%I()', ${s}.note_name(of_collection, 'row'));
END $$;

CREATE FUNCTION ${s}.make_triggers(t ${s}."table") RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  row_name text := ${s}.note_name(t.collection, 'row');
  truncate_name text := ${s}.note_name(t.collection, 'truncate');
BEGIN
  EXECUTE format('CREATE FUNCTION ${s}.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    row_name, ${s}.note_body(t));
  EXECUTE format('REVOKE ALL ON FUNCTION ${s}.%I() FROM PUBLIC', row_name);
  EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION ${s}.%I()',
    row_name, t.relation, row_name);
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ${s}.note_truncate(%L)',
    truncate_name, t.relation, t.collection);
  -- What comes in by logical replication is noted too. Only a table's owner may say so.
  IF (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = t.relation) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I, ENABLE ALWAYS TRIGGER %I', t.relation, row_name, truncate_name);
  END IF;
END $$;

-- Syncs a table as a collection: to be called by the owner of this schema, once, and again when its columns have changed.
-- definition: {table: name or [schema, name], id, scope, fields, schema}. schemas: where a table named alone is looked for,
-- and what its own triggers expect as search path. What is in the table already is noted, as are records that are not.
CREATE FUNCTION ${s}.sync_table(of_collection text, definition jsonb, schemas text[] DEFAULT current_schemas(false)::text[])
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t ${s}."table" := ${s}.compile_table(of_collection, definition, schemas);
BEGIN
  PERFORM ${s}.drop_triggers(of_collection);
  DELETE FROM ${s}."table" WHERE collection = of_collection;
  INSERT INTO ${s}."table" SELECT t.*;
  -- Waits for writers, so that none is missed between them and what is noted next.
  PERFORM ${s}.make_triggers(t);
  EXECUTE ${s}.note_sql(t, 't');
  PERFORM ${s}.note_records(of_collection);
END $$;

-- Syncs a table no longer. Its records stay, as those of an ordinary collection.
CREATE FUNCTION ${s}.detach_table(of_collection text) RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM ${s}.drop_triggers(of_collection);
  DELETE FROM ${s}.inbox WHERE collection = of_collection;
  DELETE FROM ${s}."table" WHERE collection = of_collection;
END $$;

-- A table that was set up, as its columns are now; null where it does not fit its definition any more.
CREATE FUNCTION ${s}.compile_again(t ${s}."table") RETURNS ${s}."table" LANGUAGE plpgsql STABLE AS $$
DECLARE
  again ${s}."table";
BEGIN
  again := ${s}.compile_table(t.collection, t.definition || (
    SELECT jsonb_build_object('table', jsonb_build_array(n.nspname, c.relname))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t.relation), '{}');
  again.definition := t.definition;
  again.search_path := t.search_path;
  RETURN again;
EXCEPTION WHEN SQLSTATE '${TABLE_REFUSED}' THEN
  RETURN NULL;
END $$;

-- Collections that are to be set up, or set up again, with their definitions. given: definitions by collection. A table that
-- is not given is one that was set up before. Raises ${TABLE_REFUSED} where one that is given does not fit.
CREATE FUNCTION ${s}.stale_tables(given jsonb, schemas text[]) RETURNS TABLE (collection text, definition jsonb, is_given boolean)
LANGUAGE plpgsql STABLE ${SETTINGS} AS $$
DECLARE
  of_collection text;
  wanted ${s}."table";
  t ${s}."table";
BEGIN
  FOR of_collection IN SELECT jsonb_object_keys(given) UNION SELECT u.collection FROM ${s}."table" u ORDER BY 1 LOOP
    SELECT * INTO t FROM ${s}."table" u WHERE u.collection = of_collection;
    IF given ? of_collection THEN
      wanted := ${s}.compile_table(of_collection, given -> of_collection, schemas);
      wanted.search_path := coalesce(t.search_path, wanted.search_path);
    ELSE
      wanted := ${s}.compile_again(t);
    END IF;
    CONTINUE WHEN wanted IS NOT DISTINCT FROM t AND ${s}.is_noted(t);
    collection := of_collection;
    definition := coalesce(given -> of_collection, t.definition);
    is_given := given ? of_collection;
    RETURN NEXT;
  END LOOP;
END $$;
`
