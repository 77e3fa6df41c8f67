/**
 * Sequencing: what other programs wrote to the user's tables gets its place in the feed. Triggers have noted which records
 * may have changed; each is read as it is now, under the feed's lock, and the notes that were seen before reading it are
 * removed with what was made of it. A note that comes later stays, and is worth one more look.
 */

/** Records that one call gives positions to, at most, so that others get their turn. */
const RECORDS_PER_CALL = 1_000
/** A table that is being altered holds up its own records, and no others. */
const TABLE_LOCK_TIMEOUT = '200ms'
/** A row's document may have so many bytes, whatever the option for pushes says: it is there already. */
const ROW_BYTES = 64 * 1024 * 1024

/** SQLSTATE of warnings that are for whoever runs the app; the warning's `table` is the collection. */
export const TABLE_WARNING = 'SYWRN'

export const tableSequenceSql = (s: string): string => `
-- Whether a scope has notes of tables, but for some.
CREATE FUNCTION ${s}.is_waiting(of_scope text, but text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN NOT pg_is_in_recovery() AND EXISTS (SELECT FROM ${s}."table" t WHERE t.collection <> ALL (but)
    AND EXISTS (SELECT FROM ${s}.inbox i WHERE i.scope = of_scope AND i.collection = t.collection));
END $$;

CREATE FUNCTION ${s}.warn(of_collection text, message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING USING ERRCODE = '${TABLE_WARNING}', TABLE = of_collection, MESSAGE = message;
END $$;

-- True for failures that say something of one table: it was altered, or is being altered.
CREATE FUNCTION ${s}.is_of_table(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT left(state, 2) IN ('0A', '22', '42') OR state = '55P03' $$;

-- Documents of rows, in the order of the ids; null where there is none in the scope. Settings: how texts of values are written.
CREATE FUNCTION ${s}.read_rows(t ${s}."table", of_scope text, ids text[]) RETURNS TABLE (document jsonb) LANGUAGE plpgsql VOLATILE
  SET lock_timeout = '${TABLE_LOCK_TIMEOUT}' SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'iso_8601'
  SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT r.document FROM pg_catalog.unnest($1) WITH ORDINALITY AS i(id, place)
    LEFT JOIN LATERAL (SELECT %s AS document, %s AS scope, t.%I::text AS id FROM %s t WHERE t.%I = i.id::%s OFFSET 0) r
    ON r.id = i.id AND r.scope = $2 ORDER BY i.place',
    t.document_sql, ${s}.scope_sql(t, 't'), t.id_column, ${s}.source_of(t), t.id_column, t.id_type)
  USING ids, of_scope;
END $$;

-- What keeps a row from being a record; null: nothing does.
CREATE FUNCTION ${s}.row_problem(id text, document jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  body text := document::text;
BEGIN
  RETURN CASE
    WHEN document IS NULL THEN NULL
    WHEN NOT ${s}.is_id(id) THEN 'its id has control characters, or more than 128 characters'
    WHEN octet_length(body) > ${ROW_BYTES} THEN 'its document has more than ${ROW_BYTES} bytes'
    ELSE 'its document ' || ${s}.json_problem(document, body, 100)
  END;
END $$;

-- Takes the states of rows into the feed where they differ from what it has: by the server's clock, and by nobody. The feed has
-- to be locked. What no record can hold is told of and left out: the feed keeps what it had.
CREATE FUNCTION ${s}.store_foreign(INOUT f ${s}.feed, INOUT mark text, is_due boolean, now bigint, t ${s}."table",
  ids text[], documents jsonb[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  changed_ids text[];
  changed_documents jsonb[];
  added bigint;
  problems jsonb;
  problem record;
BEGIN
  SELECT array_agg(c.id ORDER BY c.place) FILTER (WHERE c.problem IS NULL),
    array_agg(c.document ORDER BY c.place) FILTER (WHERE c.problem IS NULL),
    count(*) FILTER (WHERE c.problem IS NULL AND c.is_new), jsonb_object_agg(c.id, c.problem) FILTER (WHERE c.problem IS NOT NULL)
  INTO changed_ids, changed_documents, added, problems
  FROM (
    SELECT w.id, w.document, w.place, k.feed IS NULL AS is_new, ${s}.row_problem(w.id, w.document) AS problem
    FROM unnest(ids, documents) WITH ORDINALITY AS w(id, document, place)
    LEFT JOIN LATERAL (SELECT r.feed, r.document FROM ${s}.record r
      WHERE r.feed = f.feed AND r.collection = t.collection AND r.id = w.id OFFSET 0) k ON true
    WHERE w.document IS DISTINCT FROM k.document
  ) c;
  FOR problem IN SELECT * FROM jsonb_each_text(problems) LOOP
    PERFORM ${s}.warn(t.collection, format('The row %s cannot be synced, and is left out: %s', to_jsonb(problem.key), problem.value));
  END LOOP;
  IF changed_ids IS NULL THEN RETURN; END IF;
  mark := coalesce(mark, ${s}.write_mark(f, is_due, now));
  INSERT INTO ${s}.record AS r
    (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
  SELECT f.feed, f.head + c.nth, now, t.schema, coalesce(octet_length(c.document::text), 0), c.document IS NULL,
    t.collection, c.id, ${s}.format_version(f.epoch, f.head + c.nth, mark),
    ${s}.format_number(now) || '-0000-0000000000000000', NULL, c.document
  FROM unnest(changed_ids, changed_documents) WITH ORDINALITY AS c(id, document, nth)
  ON CONFLICT (feed, collection, id) DO UPDATE SET
    (position, stored_at, schema, size, deleted, version, "time", mutation, document) =
    ROW(excluded.position, excluded.stored_at, excluded.schema, excluded.size, excluded.deleted, excluded.version,
      excluded.time, excluded.mutation, excluded.document);
  UPDATE ${s}.feed u SET head = u.head + cardinality(changed_ids), records = u.records + added
  WHERE u.feed = f.feed RETURNING u.* INTO f;
END $$;

-- Takes what is noted of a table into the feed, which has to be locked: of some records, or of any. room: so many notes.
CREATE FUNCTION ${s}.sequence_table(INOUT f ${s}.feed, INOUT mark text, is_due boolean, now bigint, t ${s}."table",
  some_ids text[], INOUT room bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  entries bigint[];
  ids text[];
  documents jsonb[];
  taken record;
BEGIN
  IF some_ids IS NULL THEN
    SELECT array_agg(n.entry), array_agg(DISTINCT n.id) INTO entries, ids FROM (
      SELECT i.entry, i.id FROM ${s}.inbox i WHERE i.scope = f.scope AND i.collection = t.collection ORDER BY i.id LIMIT room) n;
  ELSE
    SELECT array_agg(n.entry), array_agg(DISTINCT n.id) INTO entries, ids FROM unnest(some_ids) AS w(id)
    CROSS JOIN LATERAL (SELECT i.entry, i.id FROM ${s}.inbox i
      WHERE i.scope = f.scope AND i.collection = t.collection AND i.id = w.id OFFSET 0) n;
  END IF;
  IF entries IS NULL THEN RETURN; END IF;
  documents := ARRAY(SELECT r.document FROM ${s}.read_rows(t, f.scope, ids) r);
  SELECT * INTO taken FROM ${s}.store_foreign(f, mark, is_due, now, t, ids, documents);
  f := taken.f; mark := taken.mark;
  DELETE FROM ${s}.inbox WHERE entry = ANY (entries);
  room := room - cardinality(entries);
END $$;

-- Brings the feed of a scope up to date with the user's tables, a part of it. Answers the collections whose tables cannot be
-- read now: their notes wait.
CREATE FUNCTION ${s}.sequence_inbox(of_scope text) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  unread text[] := '{}';
  room bigint := ${RECORDS_PER_CALL};
  now bigint;
  mark text;
  f ${s}.feed;
  t ${s}."table";
  taken record;
BEGIN
  IF NOT ${s}.is_waiting(of_scope, unread) THEN RETURN unread; END IF;
  f := ${s}.take_feed(of_scope);
  now := ${s}.now_ms();
  FOR t IN SELECT * FROM ${s}."table" u WHERE EXISTS (
    SELECT FROM ${s}.inbox i WHERE i.scope = of_scope AND i.collection = u.collection) ORDER BY u.collection
  LOOP
    EXIT WHEN room <= 0;
    BEGIN
      SELECT * INTO taken FROM ${s}.sequence_table(f, mark, false, now, t, NULL, room);
      f := taken.f; mark := taken.mark; room := taken.room;
    EXCEPTION WHEN OTHERS THEN
      IF NOT ${s}.is_of_table(SQLSTATE) THEN RAISE; END IF;
      PERFORM ${s}.warn(t.collection, format('The table %s cannot be read now: %s', t.relation, SQLERRM));
      unread := array_append(unread, t.collection);
    END;
  END LOOP;
  RETURN unread;
END $$;
`
