/**
 * Pushes to tables of the user's own. Before anything is judged, the rows are locked and what others wrote to them is taken
 * into the feed, so a mutation that names the record's version is made on the row as it is. Then rows are written, and read
 * back: the document to store is what the table has made of it.
 */

/** How long a push waits for a row that another program holds. What is held longer is tried again later. */
const ROW_LOCK_TIMEOUT = '250ms'
/** The rest of a push waits so long for each, once one was waited for in vain. */
const IMPATIENT = '10ms'
/** Classes of SQLSTATE that say something of the server and nothing of the data. */
const OF_THE_SERVER = [
  '08',
  '0A',
  '25',
  '26',
  '28',
  '2D',
  '3B',
  '3D',
  '3F',
  '40',
  '42',
  '53',
  '55',
  '57',
  '58',
  'F0',
  'HV',
  'XX',
]

export const tablePushSql = (s: string): string => `
-- Locks rows against other writers. Answers the ids of those that others keep.
CREATE FUNCTION ${s}.lock_rows(t ${s}."table", ids text[]) RETURNS text[] LANGUAGE plpgsql VOLATILE
  SET lock_timeout = '${ROW_LOCK_TIMEOUT}' AS $$
DECLARE
  query text := format('SELECT t.%1$I::text AS id FROM %2$s t WHERE t.%1$I = ANY ($1::%3$s[])', t.id_column, ${s}.source_of(t), t.id_type);
  taken text[];
  missing text[];
  held text[] := '{}';
  id text;
BEGIN
  EXECUTE format('SELECT coalesce(pg_catalog.array_agg(x.id), ''{}'') FROM (%s ORDER BY 1 FOR NO KEY UPDATE OF t SKIP LOCKED) x', query)
    INTO taken USING ids;
  EXECUTE format('SELECT coalesce(pg_catalog.array_agg(x.id ORDER BY x.id), ''{}'') FROM (%s) x WHERE x.id <> ALL ($2)', query)
    INTO missing USING ids, taken;
  FOREACH id IN ARRAY missing LOOP
    BEGIN
      EXECUTE query || ' FOR NO KEY UPDATE OF t' USING ARRAY[id];
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      held := array_append(held, id);
      PERFORM set_config('lock_timeout', '${IMPATIENT}', true);
    END;
  END LOOP;
  RETURN held;
END $$;

-- Gives mutations of some records, and their groups, an outcome.
CREATE FUNCTION ${s}.hold(sent ${s}.mutation[], of_collection text, ids text[], outcome jsonb) RETURNS ${s}.mutation[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  m ${s}.mutation;
  at integer;
BEGIN
  FOR at IN SELECT u.ordinality FROM unnest(sent) WITH ORDINALITY u WHERE u.refusal IS NULL AND u.unit IN (
    SELECT h.unit FROM unnest(sent) h WHERE h.collection = of_collection AND h.record_id = ANY (ids))
  LOOP
    m := sent[at];
    m.refusal := outcome;
    sent[at] := m;
  END LOOP;
  RETURN sent;
END $$;

-- Locks the rows that mutations are about, and takes what is noted of them into the feed, which has to be locked.
CREATE FUNCTION ${s}.take_rows(INOUT f ${s}.feed, INOUT mark text, is_due boolean, now bigint, INOUT sent ${s}.mutation[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t ${s}."table";
  ids text[];
  taken record;
BEGIN
  FOR t IN SELECT u.* FROM ${s}."table" u
    WHERE u.collection = ANY (ARRAY(SELECT DISTINCT m.collection FROM unnest(sent) m)) ORDER BY u.collection
  LOOP
    ids := ARRAY(SELECT DISTINCT m.record_id FROM unnest(sent) m
      WHERE m.collection = t.collection AND m.refusal IS NULL AND ${s}.is_row_id(t.id_type, m.record_id) ORDER BY 1);
    CONTINUE WHEN ids = '{}';
    BEGIN
      sent := ${s}.hold(sent, t.collection, ${s}.lock_rows(t, ids), '{"status":"retry","code":"TIMEOUT"}');
      SELECT * INTO taken FROM ${s}.sequence_table(f, mark, is_due, now, t, ids, NULL);
      f := taken.f; mark := taken.mark;
    EXCEPTION WHEN OTHERS THEN
      IF NOT ${s}.is_of_table(SQLSTATE) THEN RAISE; END IF;
      PERFORM ${s}.warn(t.collection, format('The table %s cannot be written now: %s', t.relation, SQLERRM));
      sent := ${s}.hold(sent, t.collection, ids, '{"status":"retry","code":"BACKEND_FAILED"}');
    END;
  END LOOP;
END $$;

CREATE FUNCTION ${s}.field_refusal(field text, reason text) RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT ${s}.rejected('INVALID_MUTATION', reason) || jsonb_build_object('details', jsonb_build_object('field', field)) $$;

-- The columns to write, as in the registry, so that a row becomes the document; or why it cannot. before: what it is; null:
-- there is none, and what is not named gets the column's default.
CREATE FUNCTION ${s}.row_change(t ${s}."table", of_scope text, before jsonb, INOUT document jsonb, OUT changes jsonb[], OUT refusal jsonb)
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
  own text := CASE WHEN t.scope_column IS NOT NULL AND starts_with(of_scope, t.scope_prefix)
    THEN substr(of_scope, length(t.scope_prefix) + 1) END;
  each jsonb;
  field text;
  value jsonb;
BEGIN
  changes := '{}';
  IF (CASE WHEN t.scope_column IS NULL THEN of_scope <> t.fixed_scope ELSE own IS NULL OR NOT ${s}.is_row_id(t.scope_type, own) END) THEN
    refusal := ${s}.rejected('INVALID_MUTATION', format('%s has no records in the scope %s', t.collection, to_jsonb(of_scope)));
    RETURN;
  END IF;
  IF before IS NULL AND NOT ${s}.is_row_id(t.id_type, document ->> 'id') THEN
    refusal := ${s}.field_refusal('id', format('The column of the id holds values of type %s', t.id_type));
    RETURN;
  END IF;
  SELECT key INTO field FROM jsonb_object_keys(document) key
  WHERE key <> 'id' AND NOT EXISTS (SELECT FROM jsonb_array_elements(t.columns) c WHERE c ->> 'field' = key) LIMIT 1;
  IF FOUND THEN
    refusal := ${s}.field_refusal(field, format('The table of %s has no column for the field %s', t.collection, to_jsonb(field)));
    RETURN;
  END IF;
  FOR each IN SELECT jsonb_array_elements(t.columns) LOOP
    field := each ->> 'field';
    value := document -> field;
    CONTINUE WHEN CASE WHEN before IS NULL THEN value IS NULL ELSE coalesce(value, 'null') = coalesce(before -> field, 'null') END;
    value := coalesce(value, 'null');
    IF NOT (each -> 'isWritable')::boolean THEN
      CONTINUE WHEN before IS NULL AND value = 'null';
      refusal := ${s}.field_refusal(field, format('The column of the field %s is generated by the database', to_jsonb(field)));
      RETURN;
    END IF;
    IF value <> 'null' AND NOT ${s}.is_held(each, value) THEN
      refusal := ${s}.field_refusal(field, format('The column of the field %s holds %s', to_jsonb(field), ${s}.kind_holds(each ->> 'kind')));
      RETURN;
    END IF;
    IF each ->> 'name' = t.scope_column AND value #>> '{}' IS DISTINCT FROM own THEN
      refusal := ${s}.rejected('SCOPE_CHANGE', format('The column %s says the record''s scope, which never changes', to_jsonb(t.scope_column)));
      RETURN;
    END IF;
    IF each ->> 'kind' = 'instant' AND value <> 'null' THEN
      -- A moment without a zone is one in UTC, whatever the session's.
      document := jsonb_set(document, ARRAY[field], to_jsonb((value #>> '{}')::timestamptz));
    END IF;
    changes := array_append(changes, each);
  END LOOP;
EXCEPTION WHEN data_exception THEN
  refusal := ${s}.field_refusal(field, SQLERRM);
END $$;

-- Makes a row what the document says; null deletes it. Answers a refusal, or raises. Triggers of the table find the search
-- path and the planner as who set the table up left them.
CREATE FUNCTION ${s}.write_row(t ${s}."table", of_scope text, record_id text, before jsonb, target jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = auto SET enable_seqscan = on
  SET enable_bitmapscan = on SET enable_material = on SET enable_hashjoin = on SET enable_mergejoin = on AS $$
DECLARE
  change record;
  names text[] := '{}';
  expressions text[] := '{}';
  each jsonb;
  statement text;
BEGIN
  IF target IS NULL THEN
    IF before IS NULL THEN RETURN NULL; END IF;
    statement := format('DELETE FROM %s t WHERE t.%I = $2::%s', ${s}.source_of(t), t.id_column, t.id_type);
  ELSE
    change := ${s}.row_change(t, of_scope, before, target);
    IF change.refusal IS NOT NULL THEN RETURN change.refusal; END IF;
    FOREACH each IN ARRAY change.changes LOOP
      names := names || format('%I', each ->> 'name');
      expressions := expressions || (each ->> 'expression');
    END LOOP;
    IF before IS NOT NULL THEN
      IF names = '{}' THEN RETURN NULL; END IF;
      statement := format('UPDATE %s t SET %s WHERE t.%I = $2::%s', ${s}.source_of(t), (
        SELECT string_agg(n || ' = ' || e, ', ') FROM unnest(names, expressions) AS w(n, e)), t.id_column, t.id_type);
    ELSE
      names := names || format('%I', t.id_column);
      expressions := expressions || format('$2::%s', t.id_type);
      IF t.scope_column IS NOT NULL AND format('%I', t.scope_column) <> ALL (names) THEN
        names := names || format('%I', t.scope_column);
        expressions := expressions || format('%L::%s', substr(of_scope, length(t.scope_prefix) + 1), t.scope_type);
      END IF;
      statement := format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', t.relation,
        array_to_string(names, ', '), array_to_string(expressions, ', '));
    END IF;
    target := change.document;
  END IF;
  PERFORM set_config('search_path', t.search_path, true);
  EXECUTE statement USING target, record_id;
  RETURN NULL;
END $$;

-- The outcome of a write that failed.
CREATE FUNCTION ${s}.write_outcome(state text, message text, of_constraint text, of_column text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN state IN ('55P03', '40P01') THEN '{"status":"retry","code":"TIMEOUT"}'
    WHEN left(state, 2) = ANY ('{${OF_THE_SERVER.join(',')}}') THEN '{"status":"retry","code":"BACKEND_FAILED"}'
    ELSE ${s}.rejected('CONSTRAINT', message) || jsonb_build_object('details', jsonb_strip_nulls(jsonb_build_object(
      'sqlState', state, 'constraint', nullif(of_constraint, ''), 'column', nullif(of_column, ''))))
  END
$$;

-- Writes the rows of a unit, whole or not at all. documents: of the whole batch, in whose place come those of the rows as they
-- are now. culprit: who failed; null with an outcome: nobody alone, as with constraints that are looked at in the end.
CREATE FUNCTION ${s}.write_unit(f ${s}.feed, batch ${s}.mutation[], places integer[], INOUT documents jsonb[],
  OUT culprit integer, OUT outcome jsonb) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  given jsonb[] := documents;
  m ${s}.mutation;
  t ${s}."table";
  at integer;
  before jsonb;
  target jsonb;
  state text; message text; of_constraint text; of_column text;
BEGIN
  IF cardinality(places) > 1 THEN SET CONSTRAINTS ALL DEFERRED; ELSE SET CONSTRAINTS ALL IMMEDIATE; END IF;
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    SELECT * INTO t FROM ${s}."table" u WHERE u.collection = m.collection;
    CONTINUE WHEN NOT FOUND;
    culprit := at;
    before := (SELECT r.document FROM ${s}.record r WHERE r.feed = f.feed AND r.collection = m.collection AND r.id = m.record_id);
    outcome := ${s}.write_row(t, f.scope, m.record_id, before, coalesce(documents[at], m.document));
    IF outcome IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'SYREF'; END IF;
  END LOOP;
  culprit := NULL;
  IF cardinality(places) > 1 THEN SET CONSTRAINTS ALL IMMEDIATE; END IF;
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    SELECT * INTO t FROM ${s}."table" u WHERE u.collection = m.collection;
    CONTINUE WHEN NOT FOUND;
    culprit := at;
    target := (SELECT r.document FROM ${s}.read_rows(t, f.scope, ARRAY[m.record_id]) r);
    IF (target IS NULL) <> (m.kind = 'delete') THEN
      outcome := ${s}.rejected('CONSTRAINT', format('The table %s the row: one of its triggers decided so',
        CASE m.kind WHEN 'delete' THEN 'kept' ELSE 'did not keep' END));
    ELSIF ${s}.row_problem(m.record_id, target) IS NOT NULL THEN
      outcome := ${s}.rejected('INVALID_MUTATION', 'The row would be none that can be synced: ' || ${s}.row_problem(m.record_id, target));
    END IF;
    IF outcome IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'SYREF'; END IF;
    documents[at] := target;
    -- What was noted of the row is what this transaction did: it is locked, and others' notes were taken before.
    DELETE FROM ${s}.inbox i WHERE i.scope = f.scope AND i.collection = m.collection AND i.id = m.record_id;
  END LOOP;
  culprit := NULL;
EXCEPTION
  WHEN SQLSTATE 'SYREF' THEN documents := given;
  WHEN serialization_failure THEN RAISE;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, of_constraint = CONSTRAINT_NAME, of_column = COLUMN_NAME;
    documents := given;
    outcome := ${s}.write_outcome(state, message, of_constraint, of_column);
    IF outcome ->> 'code' = 'BACKEND_FAILED' THEN
      PERFORM ${s}.warn(m.collection, format('A row of %s could not be written, and is tried again: %s', t.relation, message));
    END IF;
END $$;

-- True where something of the unit's records is noted that was not taken before: another program has created one meanwhile,
-- or a trigger changed one while others of the same push were written.
CREATE FUNCTION ${s}.is_noted_since(of_scope text, batch ${s}.mutation[], places integer[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  m ${s}.mutation;
  at integer;
BEGIN
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    IF EXISTS (SELECT FROM ${s}.inbox i WHERE i.scope = of_scope AND i.collection = m.collection AND i.id = m.record_id) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- Writes the rows of all that is to be applied, a null outcome, and is of a table. Fills in the outcome of what is not applied.
CREATE FUNCTION ${s}.write_tables(f ${s}.feed, batch ${s}.mutation[], INOUT outcomes jsonb[], INOUT documents jsonb[])
LANGUAGE plpgsql VOLATILE SET lock_timeout = '${ROW_LOCK_TIMEOUT}' AS $$
DECLARE
  again jsonb := '{"status":"retry","code":"BACKEND_FAILED"}';
  places integer[];
  culprit integer;
  outcome jsonb;
  at integer;
BEGIN
  FOR places IN
    SELECT array_agg(m.ordinality::integer ORDER BY m.ordinality) FROM unnest(batch) WITH ORDINALITY m
    WHERE outcomes[m.ordinality] IS NULL GROUP BY m.unit
    HAVING bool_or(EXISTS (SELECT FROM ${s}."table" t WHERE t.collection = m.collection)) ORDER BY min(m.ordinality)
  LOOP
    culprit := NULL;
    outcome := again;
    IF NOT ${s}.is_noted_since(f.scope, batch, places) THEN
      SELECT w.documents, w.culprit, w.outcome INTO documents, culprit, outcome FROM ${s}.write_unit(f, batch, places, documents) w;
      IF outcome ->> 'code' = 'TIMEOUT' THEN PERFORM set_config('lock_timeout', '${IMPATIENT}', true); END IF;
      -- Created by another program at the same moment: next time it is there to be judged by.
      IF outcome -> 'details' ->> 'sqlState' = '23505' AND ${s}.is_noted_since(f.scope, batch, places) THEN outcome := again; END IF;
    END IF;
    CONTINUE WHEN outcome IS NULL;
    FOREACH at IN ARRAY places LOOP
      outcomes[at] := CASE WHEN culprit IS NULL OR at = culprit OR outcome ->> 'status' = 'retry' THEN outcome ELSE '{"status":"aborted"}' END;
    END LOOP;
  END LOOP;
END $$;

-- Tells documents along with what was accepted in tables, also when it was sent again: defaults, triggers and types may have
-- made something else of them. Where the record has changed since, the feed tells.
CREATE FUNCTION ${s}.with_data(of_feed integer, batch ${s}.mutation[], outcomes jsonb[]) RETURNS jsonb[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(
    SELECT CASE WHEN r.document IS NULL THEN outcomes[m.ordinality] ELSE ${s}.outcome_json(outcomes[m.ordinality]) || jsonb_build_object('data', r.document) END
    FROM unnest(batch) WITH ORDINALITY m
    LEFT JOIN LATERAL (SELECT c.document FROM ${s}.record c
      WHERE c.feed = of_feed AND c.collection = m.collection AND c.id = m.record_id
        AND jsonb_typeof(outcomes[m.ordinality]) = 'string' AND c.version = outcomes[m.ordinality] #>> '{}'
        AND EXISTS (SELECT FROM ${s}."table" t WHERE t.collection = m.collection) OFFSET 0) r ON true
    ORDER BY m.ordinality)
$$;
`
