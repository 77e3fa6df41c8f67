CREATE SCHEMA "synclayer";

CREATE TABLE "synclayer".meta (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE "synclayer".feed (
  feed integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text COLLATE "C" NOT NULL UNIQUE,
  epoch text COLLATE "C" NOT NULL,
  -- The head as the epoch began: above 0 where an earlier history was given up.
  epoch_start bigint NOT NULL DEFAULT 0,
  head bigint NOT NULL DEFAULT 0,
  floor bigint NOT NULL DEFAULT 0,
  -- Rows of the scope, tombstones included.
  records bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 40);

CREATE TABLE "synclayer".mark (
  feed integer NOT NULL,
  position bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  incarnation text NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (feed, position)
);

CREATE TABLE "synclayer".record (
  feed integer NOT NULL,
  position bigint NOT NULL,
  stored_at bigint NOT NULL,
  schema bigint NOT NULL,
  -- Bytes of the document's text: pages are bounded by it without reading documents.
  size integer NOT NULL,
  deleted boolean NOT NULL,
  collection text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  time text COLLATE "C" NOT NULL,
  mutation text COLLATE "C",
  document jsonb,
  PRIMARY KEY (feed, collection, id),
  CONSTRAINT record_position UNIQUE (feed, position)
);

CREATE INDEX record_tombstone ON "synclayer".record (feed, stored_at) WHERE deleted;

-- Accepted mutations, remembered by runs: those of a client with the numbers from first to last, written one after another in
-- one transaction. version: of the first; the others have the positions that follow. identities: one a line. Under the
-- feed's lock no number comes into two runs.
CREATE TABLE "synclayer".result (
  feed integer NOT NULL,
  last bigint NOT NULL,
  first bigint NOT NULL,
  stored_at bigint NOT NULL,
  client text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  identities text COLLATE "C" NOT NULL,
  PRIMARY KEY (feed, client, last)
);

-- What other programs changed in tables of their own, and the feed has not told yet.
CREATE TABLE "synclayer".inbox (
  entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text COLLATE "C" NOT NULL,
  collection text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL
);

CREATE INDEX inbox_record ON "synclayer".inbox (scope, collection, id);

-- Which fields of a collection filters find by an index.
CREATE TABLE "synclayer".filter_index (
  collection text COLLATE "C" NOT NULL,
  paths jsonb NOT NULL,
  name text NOT NULL UNIQUE,
  PRIMARY KEY (collection, paths)
);

-- Where a cursor stands. walk_to: in a snapshot, how far it has come.
CREATE TYPE "synclayer".place AS (
  epoch text,
  position bigint,
  mark text,
  walk_to bigint,
  walk_rows bigint
);

-- A mutation, staged. request: the place of its request in the push. unit: mutations of one are applied together.
-- refusal: why it can never be applied, or not now.
CREATE TYPE "synclayer".mutation AS (
  request integer,
  unit integer,
  "group" text COLLATE "C",
  id text COLLATE "C",
  client text COLLATE "C",
  n bigint,
  collection text COLLATE "C",
  record_id text COLLATE "C",
  kind text COLLATE "C",
  base text COLLATE "C",
  sent_time text COLLATE "C",
  time text COLLATE "C",
  schema bigint,
  document jsonb,
  size integer,
  patch jsonb,
  refusal jsonb
);

-- Mutations that were checked already: a line of each column for each. unit: the place of the first of its group, empty where it
-- has none. base: empty where nothing is stored. content: the document of a put, or the patch, as JSON; empty for a delete.
CREATE TYPE "synclayer".checked_columns AS (
  request text,
  unit text,
  n text,
  collection text,
  record_id text,
  kind text,
  base text,
  "time" text,
  schema text,
  content text
);

-- A record as pull and fetch give it. The last row of an answer has no collection: its document says how the answer ends.
CREATE TYPE "synclayer".row AS (
  collection text,
  id text,
  version text,
  deleted boolean,
  "time" text,
  schema bigint,
  mutation text,
  document text,
  cursor text
);

CREATE FUNCTION "synclayer".now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- 48 random bits, from the server's source of strong randomness.
CREATE FUNCTION "synclayer".random_name() RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT right(gen_random_uuid()::text, 12) $$;

CREATE FUNCTION "synclayer".format_number(value bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad(to_hex(value), 12, '0') $$;

CREATE FUNCTION "synclayer".format_version(epoch text, at bigint, mark text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT left(epoch, 12) || '.' || lpad(to_hex(at), 12, '0') || '.' || mark $$;

-- The version of what was written so many positions after that of a version, under the same mark.
CREATE FUNCTION "synclayer".version_after(version text, steps bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT left(version, 13) || "synclayer".format_number(('x' || substr(version, 14, 12))::bit(48)::bigint + steps) || right(version, 13)
$$;

-- Changes with every start of every server, with each database, and with each filling of the tables from a backup.
CREATE FUNCTION "synclayer".incarnation() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN concat_ws('.',
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    '"synclayer".feed'::regclass::oid,
    pg_relation_filenode('"synclayer".feed'::regclass));
END $$;

CREATE FUNCTION "synclayer".make_seal_key() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  key bytea := sha256(decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
  inner_block bytea := decode(repeat('36', 64), 'hex');
  outer_block bytea := decode(repeat('5c', 64), 'hex');
BEGIN
  FOR i IN 0..31 LOOP
    inner_block := set_byte(inner_block, i, get_byte(inner_block, i) # get_byte(key, i));
    outer_block := set_byte(outer_block, i, get_byte(outer_block, i) # get_byte(key, i));
  END LOOP;
  INSERT INTO "synclayer".meta VALUES
    ('seal_inner', encode(inner_block, 'hex')), ('seal_outer', encode(outer_block, 'hex'))
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION "synclayer".seal(scope text, text text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  inner_block bytea;
  outer_block bytea;
BEGIN
  SELECT decode(i.value, 'hex'), decode(o.value, 'hex') INTO inner_block, outer_block
  FROM "synclayer".meta i, "synclayer".meta o WHERE i.name = 'seal_inner' AND o.name = 'seal_outer';
  RETURN left(encode(sha256(outer_block || sha256(inner_block || convert_to(scope || E'\n' || text, 'UTF8'))), 'hex'), 24);
END $$;

CREATE FUNCTION "synclayer".encode_cursor(scope text, place "synclayer".place) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  body text := concat_ws(':', '1', place.epoch, place.position, place.mark, place.walk_to, place.walk_rows);
BEGIN
  RETURN body || ':' || "synclayer".seal(scope, body);
END $$;

-- Null for a text that no version of this schema wrote. Without an epoch: of another database, or of another scope.
CREATE FUNCTION "synclayer".decode_cursor(scope text, cursor text) RETURNS "synclayer".place LANGUAGE plpgsql STABLE AS $$
DECLARE
  part text[];
  seal text;
BEGIN
  -- The form is looked at loosely, since that is quick; what bears the seal is in order.
  IF cursor IS NULL OR length(cursor) > 200
    OR cursor !~ '^1:[0-9a-f]+\.[0-9a-f]+:[0-9]+:[0-9a-f-]+:([0-9]+:[0-9]+:)?[0-9a-f]+$' THEN
    RETURN NULL;
  END IF;
  part := string_to_array(cursor, ':');
  seal := part[cardinality(part)];
  IF seal <> "synclayer".seal(scope, left(cursor, -length(seal) - 1)) THEN
    RETURN ROW(NULL, 0, '-', NULL, NULL)::"synclayer".place;
  END IF;
  IF cardinality(part) = 5 THEN RETURN ROW(part[2], part[3]::bigint, part[4], NULL, NULL)::"synclayer".place; END IF;
  RETURN ROW(part[2], part[3]::bigint, part[4], part[5]::bigint, part[6]::bigint)::"synclayer".place;
END $$;

CREATE FUNCTION "synclayer".make_mark(f "synclayer".feed, name text, now bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- Under an older mark at the same position nothing was written, so it may go.
  INSERT INTO "synclayer".mark VALUES (f.feed, f.head, name, "synclayer".incarnation(), now)
  ON CONFLICT (feed, position) DO UPDATE
  SET name = excluded.name, incarnation = excluded.incarnation, made_at = excluded.made_at;
END $$;

-- The feed's row, locked until the transaction ends; made where the scope is new.
CREATE FUNCTION "synclayer".take_feed(of_scope text) RETURNS "synclayer".feed LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  f "synclayer".feed;
  now bigint;
  name text;
BEGIN
  SELECT * INTO f FROM "synclayer".feed WHERE scope = of_scope FOR UPDATE;
  IF FOUND THEN RETURN f; END IF;
  now := "synclayer".now_ms();
  name := "synclayer".random_name();
  INSERT INTO "synclayer".feed (scope, epoch) VALUES (of_scope, "synclayer".format_number(now) || '.' || name)
  ON CONFLICT (scope) DO NOTHING RETURNING * INTO f;
  IF FOUND THEN
    PERFORM "synclayer".make_mark(f, name, now);
    RETURN f;
  END IF;
  -- Another transaction made it first, and has committed since.
  SELECT * INTO STRICT f FROM "synclayer".feed WHERE scope = of_scope FOR UPDATE;
  RETURN f;
END $$;

-- The mark a committed position was written under.
CREATE FUNCTION "synclayer".mark_of(of_feed integer, at bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF at = 0 THEN RETURN '-'; END IF;
  RETURN (SELECT m.name FROM "synclayer".mark m WHERE m.feed = of_feed AND m.position < at ORDER BY m.position DESC LIMIT 1);
END $$;

-- How a cursor stands to its feed. foreign: of another epoch. lost: of this epoch, but of a history that was undone, so
-- the epoch has to end. ahead: this server is a replica that has not come so far. 'known' is what the caller has seen of
-- the feed before.
CREATE FUNCTION "synclayer".standing(f "synclayer".feed, place "synclayer".place, known jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  behind text := CASE WHEN pg_is_in_recovery() THEN 'ahead' ELSE 'lost' END;
BEGIN
  IF known ->> 'epoch' = f.epoch AND (known ->> 'head')::bigint > f.head AND behind = 'lost' THEN RETURN 'lost'; END IF;
  IF place IS NULL THEN RETURN 'good'; END IF;
  IF place.epoch IS NULL THEN RETURN 'foreign'; END IF;
  IF place.epoch <> f.epoch THEN
    RETURN CASE WHEN behind = 'ahead' AND left(place.epoch, 12) > left(f.epoch, 12) THEN 'ahead' ELSE 'foreign' END;
  END IF;
  IF place.position > f.head THEN RETURN behind; END IF;
  IF place.position < f.floor THEN RETURN 'expired'; END IF;
  IF "synclayer".mark_of(f.feed, place.position) IS DISTINCT FROM place.mark THEN RETURN 'lost'; END IF;
  RETURN 'good';
END $$;

-- Ends the feed's epoch and begins another. The feed has to be locked.
CREATE FUNCTION "synclayer".begin_epoch(f "synclayer".feed) RETURNS "synclayer".feed LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now bigint := "synclayer".now_ms();
  name text := "synclayer".random_name();
  -- The clock makes epochs rise even where the same copy is put back twice.
  ordinal bigint := greatest(('x' || left(f.epoch, 12))::bit(48)::bigint + 1, now);
  begun "synclayer".feed;
BEGIN
  UPDATE "synclayer".feed SET epoch = "synclayer".format_number(ordinal) || '.' || name, epoch_start = head
  WHERE feed = f.feed RETURNING * INTO begun;
  PERFORM "synclayer".make_mark(begun, name, now);
  RETURN begun;
END $$;

-- The mark to write under from now on, made first where it is due. The feed has to be locked.
CREATE FUNCTION "synclayer".write_mark(f "synclayer".feed, is_due boolean, now bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  newest "synclayer".mark;
BEGIN
  SELECT * INTO newest FROM "synclayer".mark WHERE feed = f.feed ORDER BY position DESC LIMIT 1;
  IF FOUND AND NOT is_due AND newest.incarnation = "synclayer".incarnation() AND now - newest.made_at BETWEEN 0 AND 3600000 THEN
    RETURN newest.name;
  END IF;
  newest.name := "synclayer".random_name();
  PERFORM "synclayer".make_mark(f, newest.name, now);
  RETURN newest.name;
END $$;

-- Ids of records and names of groups: 1 to 128 UTF-16 code units without control characters.
CREATE FUNCTION "synclayer".is_id(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN value = '' THEN false
    WHEN octet_length(value) <= 128 AND value !~ '[^\u0020-\u007e]' THEN true
    WHEN value ~ '[\u0001-\u001f\u007f-\u009f]' THEN false
    ELSE char_length(value) + char_length(regexp_replace(value, '[^\U00010000-\U0010ffff]', '', 'g')) <= 128
  END
$$;

-- A hybrid time: 12 hex digits, -, 4, -, 16, in lower case.
CREATE FUNCTION "synclayer".is_time(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT value LIKE '____________-____-________________' AND translate(value, '0123456789abcdef', '') = '--' $$;

CREATE FUNCTION "synclayer".is_scope(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^[\u0020-\u007e]{1,128}$', false) $$;

CREATE FUNCTION "synclayer".is_count(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(CASE WHEN jsonb_typeof(value) = 'number' THEN
    (value #>> '{}')::numeric BETWEEN 0 AND 9007199254740991 AND (value #>> '{}')::numeric % 1 = 0 END, false)
$$;

-- CASE, since the order of AND is not PostgreSQL's promise.
CREATE FUNCTION "synclayer".are_texts(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN NOT jsonb_path_exists(value, 'strict $[*] ? (@.type() != "string")')
    ELSE false END
$$;

-- Whether there are lists or objects below so many levels.
CREATE FUNCTION "synclayer".is_deeper(value jsonb, levels integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN jsonb_path_exists(value,
    format('strict $.**{%s to last} ? (@.type() == "object" || @.type() == "array")', levels)::jsonpath);
END $$;

-- What keeps a value from being stored, with the levels it may have. text: the value as text. So many levels need as many
-- brackets, and a number that is not finite 309 digits: most values need no walk.
CREATE FUNCTION "synclayer".json_problem(value jsonb, text text, levels integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN position('"__proto__"' IN text) > 0 AND jsonb_path_exists(value, '$.**."__proto__"')
      THEN 'must not hold the key __proto__'
    WHEN octet_length(text) < 2 * levels THEN NULL
    WHEN octet_length(text) - octet_length(replace(replace(text, '[', ''), '{', '')) > levels AND "synclayer".is_deeper(value, levels)
      THEN 'must not have more than 100 levels'
    WHEN octet_length(text) > 308 AND text ~ '[0-9]{255}' AND jsonb_path_exists(value,
      'strict $.** ? (@.type() == "number" && (@ > 1.7976931348623157e308 || @ < -1.7976931348623157e308))')
      THEN 'must not hold numbers that are not finite'
  END
$$;

-- The refusal of a document that is too large; null: it is not. Bytes are those of its JSON text as JSON.stringify writes
-- it, without the spaces that PostgreSQL adds; they are only counted where they decide.
CREATE FUNCTION "synclayer".size_refusal(document jsonb, text text, most integer) RETURNS jsonb LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  bytes bigint := octet_length(text);
BEGIN
  IF bytes <= most THEN RETURN NULL; END IF;
  bytes := bytes - (
    SELECT coalesce(sum(CASE jsonb_typeof(v)
      WHEN 'array' THEN greatest(jsonb_array_length(v) - 1, 0)
      WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(v)) - 1, 0)
      ELSE 0 END), 0)
    FROM jsonb_path_query(document, 'strict $.**') v);
  IF bytes <= most THEN RETURN NULL; END IF;
  RETURN jsonb_build_object('status', 'rejected', 'code', 'RECORD_TOO_LARGE',
    'reason', format('The document has %s bytes; %s are allowed', bytes, most),
    'details', jsonb_build_object('bytes', bytes, 'maxBytes', most));
END $$;

-- The keys an RFC 6901 pointer names. Null: it is none, or names the whole document.
CREATE FUNCTION "synclayer".pointer_path(pointer text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF NOT starts_with(pointer, '/') THEN RETURN NULL; END IF;
  IF pointer = '/' THEN RETURN ARRAY['']; END IF;
  IF position('~' IN pointer) = 0 THEN RETURN string_to_array(substr(pointer, 2), '/'); END IF;
  IF pointer ~ '~(?![01])' THEN RETURN NULL; END IF;
  RETURN ARRAY(SELECT replace(replace(key, '~1', '/'), '~0', '~')
    FROM unnest(string_to_array(substr(pointer, 2), '/')) WITH ORDINALITY k(key, place) ORDER BY place);
END $$;

-- The pointers of a patch, those it sets first.
CREATE FUNCTION "synclayer".patch_pointers(patch jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  pointers text[] := '{}';
BEGIN
  IF patch ? 'set' THEN pointers := ARRAY(SELECT jsonb_object_keys(patch -> 'set')); END IF;
  IF patch ? 'unset' THEN pointers := pointers || ARRAY(SELECT jsonb_array_elements_text(patch -> 'unset')); END IF;
  RETURN pointers;
END $$;

-- What keeps a value from being a patch; null: nothing does.
CREATE FUNCTION "synclayer".patch_problem(patch jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  pointers text[];
  pointer text;
  path text[];
  value jsonb;
  body text;
  problem text;
BEGIN
  IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN RETURN 'patch must be an object'; END IF;
  IF patch ? 'set' AND jsonb_typeof(patch -> 'set') <> 'object' THEN RETURN 'patch.set must be an object'; END IF;
  IF patch ? 'unset' AND NOT "synclayer".are_texts(patch -> 'unset') THEN RETURN 'patch.unset must be an array of pointers'; END IF;
  pointers := "synclayer".patch_pointers(patch);
  FOREACH pointer IN ARRAY pointers LOOP
    path := "synclayer".pointer_path(pointer);
    value := patch -> 'set' -> pointer;
    body := value::text;
    problem := CASE
      WHEN path IS NULL THEN 'is no pointer to a field'
      WHEN path = ARRAY['id'] THEN 'would change the id, which is fixed'
      WHEN '__proto__' = ANY (path) THEN 'must not hold the key __proto__'
      WHEN cardinality(path) > 100 THEN 'must not have more than 100 levels'
      WHEN value IS NOT NULL THEN "synclayer".json_problem(value, body, 100 - cardinality(path))
    END;
    IF problem IS NOT NULL THEN RETURN format('the pointer %s of the patch %s', to_jsonb(pointer), problem); END IF;
  END LOOP;
  IF cardinality(pointers) < 2 THEN RETURN NULL; END IF;
  -- A pointer that others reach into comes right before one of them.
  SELECT max(p.next) INTO pointer FROM (
    SELECT x || '/' AS own, lead(x || '/') OVER (ORDER BY (x || '/') COLLATE "C") AS next FROM unnest(pointers) x
  ) p WHERE starts_with(p.next, p.own);
  IF pointer IS NULL THEN RETURN NULL; END IF;
  RETURN format('the pointer %s of the patch is named twice, or reaches into a value the patch sets or removes as a whole',
    to_jsonb(left(pointer, -1)));
END $$;

-- The document with a sound patch applied, or what keeps it from being applied. Every object on the way has to be there.
CREATE FUNCTION "synclayer".apply_patch(document jsonb, patch jsonb, OUT patched jsonb, OUT problem text)
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  pointer text;
  path text[];
  value jsonb;
BEGIN
  patched := document;
  FOREACH pointer IN ARRAY "synclayer".patch_pointers(patch) LOOP
    path := "synclayer".pointer_path(pointer);
    FOR depth IN 1 .. cardinality(path) - 1 LOOP
      IF jsonb_typeof(patched #> path[1:depth]) IS DISTINCT FROM 'object' THEN
        problem := format('the pointer %s of the patch leads through what is no object', to_jsonb(pointer));
        RETURN;
      END IF;
    END LOOP;
    value := patch -> 'set' -> pointer;
    IF value IS NULL THEN
      patched := patched #- path;
    ELSE
      patched := jsonb_set(patched, path, value);
    END IF;
  END LOOP;
END $$;

-- The document with only the fields a projection lets through; id always comes along.
CREATE FUNCTION "synclayer".project(document jsonb, fields jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN document; END IF;
  IF fields ? 'except' THEN
    RETURN document - ARRAY(SELECT f FROM jsonb_array_elements_text(fields -> 'except') f WHERE f <> 'id');
  END IF;
  RETURN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(document) WHERE key = 'id' OR (fields -> 'only') ? key);
END $$;

-- A record in the words of the contract.
CREATE FUNCTION "synclayer".record_json(r "synclayer".record, fields jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('collection', r.collection, 'id', r.id, 'version', r.version, 'deleted', r.deleted,
      'time', r.time, 'schema', r.schema)
    || CASE WHEN r.mutation IS NULL THEN '{}' ELSE jsonb_build_object('mutation', r.mutation) END
    || CASE WHEN r.deleted THEN '{}' ELSE jsonb_build_object('data', "synclayer".project(r.document, fields)) END
$$;

-- Whether the caller may use a scope.
CREATE FUNCTION "synclayer".authorize(scope text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT true $$;

CREATE TABLE "synclayer"."table" (
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
CREATE FUNCTION "synclayer".source_of(t "synclayer"."table") RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN t.is_partitioned THEN '' ELSE 'ONLY ' END || t.relation::text $$;

-- The expression for the scope of a row; null where it is in none.
CREATE FUNCTION "synclayer".scope_sql(t "synclayer"."table", row_name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN t.scope_column IS NULL THEN format('%L::text', t.fixed_scope)
    ELSE format('(%L || %s.%I::text)', t.scope_prefix, row_name, t.scope_column) END
$$;

-- True for what the column of ids holds, and gives back as the same text.
CREATE FUNCTION "synclayer".is_row_id(id_type text, id text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
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

CREATE FUNCTION "synclayer".base_type(type oid) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
  base oid := type;
BEGIN
  LOOP
    SELECT typbasetype INTO base FROM pg_type WHERE oid = type AND typtype = 'd';
    IF NOT FOUND THEN RETURN type; END IF;
    type := base;
  END LOOP;
END $$;

CREATE FUNCTION "synclayer".column_kind(type oid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE "synclayer".base_type(type)::regtype::text
    WHEN 'boolean' THEN 'boolean'
    WHEN 'smallint' THEN 'integer'
    WHEN 'integer' THEN 'integer'
    WHEN 'bigint' THEN 'bigint'
    WHEN 'real' THEN 'float'
    WHEN 'double precision' THEN 'float'
    WHEN 'numeric' THEN 'decimal'
    WHEN 'money' THEN 'decimal'
    WHEN 'json' THEN 'json'
    WHEN 'jsonb' THEN 'json'
    WHEN 'bytea' THEN 'bytes'
    WHEN 'timestamp with time zone' THEN 'instant'
    WHEN 'timestamp without time zone' THEN 'date'
    WHEN 'date' THEN 'date'
    ELSE CASE WHEN EXISTS (SELECT FROM pg_type t WHERE t.oid = "synclayer".base_type(type) AND t.typlen = -1 AND t.typelem <> 0)
      THEN 'array' ELSE 'text' END
  END
$$;

-- JSON text as jsonb. Where that cannot hold it, as it cannot hold U+0000, the text.
CREATE FUNCTION "synclayer".json_of(text text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN text::jsonb;
EXCEPTION WHEN data_exception THEN
  RETURN to_jsonb(text);
END $$;

-- The expression that makes JSON of a column. column: {type, kind, element, elementType}; value: an expression of its type.
CREATE FUNCTION "synclayer".to_json_sql(of_column jsonb, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE of_column ->> 'kind'
    WHEN 'bigint' THEN format('CASE WHEN %1$s BETWEEN -9007199254740991 AND 9007199254740991 THEN pg_catalog.to_jsonb(%1$s)
      ELSE pg_catalog.to_jsonb(%1$s::text) END', value)
    WHEN 'decimal' THEN format('pg_catalog.to_jsonb(%s::numeric::text)', value)
    WHEN 'json' THEN format('"synclayer".json_of(%s::text)', value)
    WHEN 'bytes' THEN format('pg_catalog.to_jsonb(pg_catalog.translate(pg_catalog.encode(%s, ''base64''), E''\n'', ''''))', value)
    WHEN 'instant' THEN format('pg_catalog.to_jsonb(pg_catalog.replace(pg_catalog.to_jsonb(%s) #>> ''{}'', ''+00:00'', ''Z''))', value)
    WHEN 'text' THEN format('pg_catalog.to_jsonb(%s::text)', value)
    WHEN 'array' THEN format('CASE
      WHEN pg_catalog.array_ndims(%1$s) > 1 OR pg_catalog.array_lower(%1$s, 1) <> 1 THEN pg_catalog.to_jsonb(%1$s::text)
      WHEN %1$s IS NOT NULL THEN (SELECT coalesce(pg_catalog.jsonb_agg(%2$s ORDER BY u.place), ''[]'')
        FROM pg_catalog.unnest(%1$s) WITH ORDINALITY AS u(e, place)) END', value,
      "synclayer".to_json_sql(jsonb_build_object('kind', of_column -> 'element'), 'u.e'))
    ELSE format('pg_catalog.to_jsonb(%s)', value)
  END;
END $$;

-- The expression that makes a column's value of JSON. value: an expression of type jsonb, whose null is NULL.
CREATE FUNCTION "synclayer".from_json_sql(of_column jsonb, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  type text := of_column ->> 'type';
  as_text text := format('(%s #>> ''{}'')', value);
BEGIN
  RETURN CASE of_column ->> 'kind'
    WHEN 'json' THEN format('(CASE WHEN pg_catalog.jsonb_typeof(%1$s) <> ''null'' THEN %1$s::text END)::%2$s', value, type)
    WHEN 'bytes' THEN format('pg_catalog.decode(%s, ''base64'')::%s', as_text, type)
    WHEN 'array' THEN format('(CASE pg_catalog.jsonb_typeof(%1$s) WHEN ''array'' THEN
      ARRAY(SELECT %2$s FROM pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(%1$s) WHEN ''array'' THEN %1$s END)
        WITH ORDINALITY AS u(e, place) ORDER BY u.place)::%4$s ELSE %3$s::%4$s END)', value,
      "synclayer".from_json_sql(jsonb_build_object('kind', of_column -> 'element', 'type', of_column -> 'elementType'), 'u.e'),
      as_text, type)
    WHEN 'decimal' THEN format('%s::numeric::%s', as_text, type)
    ELSE format('%s::%s', as_text, type)
  END;
END $$;

-- What a column holds, for messages.
CREATE FUNCTION "synclayer".kind_holds(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE kind
    WHEN 'boolean' THEN 'true or false'
    WHEN 'integer' THEN 'whole numbers'
    WHEN 'bigint' THEN 'whole numbers; from 2^53 on as strings of digits'
    WHEN 'float' THEN 'numbers, and the strings NaN, Infinity and -Infinity'
    WHEN 'decimal' THEN 'decimal numbers, as strings'
    WHEN 'bytes' THEN 'bytes, as base64'
    WHEN 'instant' THEN 'moments, as ISO 8601'
    WHEN 'date' THEN 'dates, as ISO 8601'
    WHEN 'array' THEN 'arrays'
    ELSE 'text'
  END
$$;

-- Whether a kind of column takes a JSON value that is not null.
CREATE FUNCTION "synclayer".is_held(of_column jsonb, value jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  type text := jsonb_typeof(value);
  text text := value #>> '{}';
BEGIN
  RETURN CASE of_column ->> 'kind'
    WHEN 'json' THEN true
    WHEN 'boolean' THEN type = 'boolean'
    WHEN 'integer' THEN CASE WHEN type = 'number' THEN text::numeric % 1 = 0 ELSE false END
    WHEN 'bigint' THEN CASE type WHEN 'number' THEN text::numeric % 1 = 0 WHEN 'string' THEN text ~ '^-?[0-9]{1,19}$' ELSE false END
    WHEN 'float' THEN type = 'number' OR type = 'string' AND text IN ('NaN', 'Infinity', '-Infinity')
    WHEN 'decimal' THEN type = 'number' OR type = 'string'
      AND text ~ '^([-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,5})?|NaN|-?Infinity)$'
    WHEN 'bytes' THEN type = 'string' AND text ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
    WHEN 'array' THEN CASE type
      WHEN 'string' THEN true
      WHEN 'array' THEN (SELECT coalesce(bool_and(e = 'null' OR "synclayer".is_held(jsonb_build_object('kind', of_column -> 'element'), e)), true)
        FROM jsonb_array_elements(value) e)
      ELSE false END
    ELSE type = 'string'
  END;
END $$;

CREATE FUNCTION "synclayer".refuse_table(member text, reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'SYTAB', COLUMN = member, MESSAGE = reason;
END $$;

CREATE FUNCTION "synclayer".check_table(given jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  scope jsonb := coalesce(given -> 'scope', '"default"');
  name text;
BEGIN
  IF jsonb_typeof(given) IS DISTINCT FROM 'object' THEN PERFORM "synclayer".refuse_table('', 'an object is expected'); END IF;
  FOR name IN SELECT jsonb_object_keys(given) LOOP
    IF name NOT IN ('table', 'id', 'scope', 'fields', 'schema') THEN
      PERFORM "synclayer".refuse_table(name, 'there is no such option');
    END IF;
  END LOOP;
  IF NOT coalesce(jsonb_typeof(given -> 'table') = 'string' OR jsonb_typeof(given -> 'table') = 'array'
    AND jsonb_array_length(given -> 'table') = 2, false) THEN
    PERFORM "synclayer".refuse_table('table', 'the table''s name is expected, or its schema and its name');
  END IF;
  IF jsonb_typeof(given -> 'id') IS DISTINCT FROM 'string' THEN PERFORM "synclayer".refuse_table('id', 'a column''s name is expected'); END IF;
  IF NOT (CASE jsonb_typeof(scope) WHEN 'string' THEN "synclayer".is_scope(scope)
    WHEN 'object' THEN jsonb_typeof(scope -> 'column') IS NOT DISTINCT FROM 'string'
      AND (coalesce(scope ->> 'prefix', '') = '' OR "synclayer".is_scope(scope -> 'prefix')) ELSE false END) THEN
    PERFORM "synclayer".refuse_table('scope', 'a scope, or {column, prefix}, is expected');
  END IF;
  IF given ? 'fields' AND (jsonb_typeof(given -> 'fields') <> 'object' OR given -> 'fields' ?| ARRAY['id', '']
    OR jsonb_path_exists(given, 'strict $.fields.* ? (@.type() != "string")')
    OR (SELECT count(*) > count(DISTINCT value) OR bool_or(value = given ->> 'id') FROM jsonb_each_text(given -> 'fields'))) THEN
    PERFORM "synclayer".refuse_table('fields', 'names of columns by field are expected, each column once, and no field for the id');
  END IF;
  IF given ? 'schema' AND NOT ("synclayer".is_count(given -> 'schema') AND given ->> 'schema' <> '0') THEN
    PERFORM "synclayer".refuse_table('schema', 'a whole number from 1 is expected');
  END IF;
END $$;

-- schemas: where a table is looked for that is named without one.
CREATE FUNCTION "synclayer".find_table(given jsonb, schemas text[]) RETURNS regclass LANGUAGE plpgsql STABLE AS $$
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
  IF NOT FOUND THEN PERFORM "synclayer".refuse_table('table', format('there is no table %s', given -> 'table')); END IF;
  IF seen.relkind NOT IN ('r', 'p') OR seen.relpersistence = 't' OR seen.nspname IN ('pg_catalog', 'information_schema')
    OR seen.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '"synclayer".feed'::regclass) THEN
    PERFORM "synclayer".refuse_table('table', format('%s is no table of yours', given -> 'table'));
  END IF;
  IF row_security_active(seen.oid) THEN
    PERFORM "synclayer".refuse_table('table', format('row-level security hides rows of %s from %I, who syncs them', given -> 'table', current_user));
  END IF;
  RETURN seen.oid::regclass;
END $$;

-- The columns of a table, each as what is written of them in the registry.
CREATE FUNCTION "synclayer".columns_of(of_table regclass) RETURNS TABLE (place integer, name text, described jsonb) LANGUAGE sql STABLE AS $$
  SELECT a.attnum::integer, a.attname::text, jsonb_build_object(
    'name', a.attname,
    -- Without its length: a cast to a length cuts, where storing refuses.
    'type', format_type(a.atttypid, -1),
    'kind', "synclayer".column_kind(a.atttypid),
    'isWritable', a.attgenerated = '' AND a.attidentity <> 'a')
    || CASE WHEN "synclayer".column_kind(a.atttypid) = 'array' THEN jsonb_build_object(
      'element', CASE "synclayer".column_kind(t.typelem) WHEN 'array' THEN 'text' ELSE "synclayer".column_kind(t.typelem) END,
      'elementType', format_type(t.typelem, -1)) ELSE '{}' END
  FROM pg_attribute a JOIN pg_type t ON t.oid = "synclayer".base_type(a.atttypid)
  WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- The type of a column whose text tells rows apart, whatever the session's settings.
CREATE FUNCTION "synclayer".key_type(of_table regclass, of_column text, member text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  type text;
BEGIN
  SELECT format_type("synclayer".base_type(a.atttypid), -1) INTO type FROM pg_attribute a
  WHERE a.attrelid = of_table AND a.attname = of_column AND a.attnum > 0 AND NOT a.attisdropped;
  IF NOT FOUND THEN PERFORM "synclayer".refuse_table(member, format('the table has no column %s', to_jsonb(of_column))); END IF;
  IF type NOT IN ('smallint', 'integer', 'bigint', 'numeric', 'text', 'character varying', 'bpchar', 'uuid') THEN
    PERFORM "synclayer".refuse_table(member, format('a column of type %s cannot tell records apart', type));
  END IF;
  RETURN type;
END $$;

CREATE FUNCTION "synclayer".check_key(of_table regclass, of_column text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = of_table AND a.attname = of_column AND a.attnotnull AND i.indnkeyatts = 1
      AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL) THEN
    PERFORM "synclayer".refuse_table('id', format('%s is neither the primary key, nor unique and NOT NULL', to_jsonb(of_column)));
  END IF;
END $$;

-- A column that keeps a field. expression: its value, where $1 is the document.
CREATE FUNCTION "synclayer".field_column(field text, of_column jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT of_column || jsonb_build_object('field', field,
    'expression', "synclayer".from_json_sql(of_column, format('($1 -> %L)', field)))
$$;

-- The fields of a table with their columns, in the order of the columns.
CREATE FUNCTION "synclayer".fields_of(of_table regclass, given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  missing text;
BEGIN
  IF NOT given ? 'fields' THEN
    IF EXISTS (SELECT FROM "synclayer".columns_of(of_table) c WHERE c.name = 'id' AND c.name <> given ->> 'id') THEN
      PERFORM "synclayer".refuse_table('fields', 'name the fields: the table has a column id that is not the id of its records');
    END IF;
    RETURN (SELECT coalesce(jsonb_agg("synclayer".field_column(c.name, c.described) ORDER BY c.place), '[]')
      FROM "synclayer".columns_of(of_table) c WHERE c.name <> given ->> 'id');
  END IF;
  SELECT f.value INTO missing FROM jsonb_each_text(given -> 'fields') f
  WHERE NOT EXISTS (SELECT FROM "synclayer".columns_of(of_table) c WHERE c.name = f.value) LIMIT 1;
  IF FOUND THEN PERFORM "synclayer".refuse_table('fields', format('the table has no column %s', to_jsonb(missing))); END IF;
  RETURN (SELECT coalesce(jsonb_agg("synclayer".field_column(f.key, c.described) ORDER BY c.place), '[]')
    FROM "synclayer".columns_of(of_table) c JOIN jsonb_each_text(given -> 'fields') f ON f.value = c.name);
END $$;

-- A row t as a document. A call takes a hundred arguments: the fields are put together by the forty.
CREATE FUNCTION "synclayer".document_expression(id_column text, fields jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('pg_catalog.jsonb_build_object(''id'', t.%I::text)', id_column)
    || coalesce(string_agg(' || pg_catalog.jsonb_build_object(' || part.members || ')', '' ORDER BY part.nth), '')
  FROM (
    SELECT (place - 1) / 40 AS nth, string_agg(format('%L, %s', field ->> 'field',
      "synclayer".to_json_sql(field, format('t.%I', field ->> 'name'))), ', ' ORDER BY place) AS members
    FROM jsonb_array_elements(fields) WITH ORDINALITY AS f(field, place) GROUP BY 1
  ) part
$$;

-- What a definition comes to. Raises SYTAB where it does not fit the table.
CREATE FUNCTION "synclayer".compile_table(of_collection text, given jsonb, schemas text[]) RETURNS "synclayer"."table"
LANGUAGE plpgsql STABLE AS $$
DECLARE
  t "synclayer"."table";
  member text;
  reason text;
BEGIN
  IF of_collection IS NULL OR of_collection !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' THEN
    PERFORM "synclayer".refuse_table('', 'a collection has a letter, then up to 62 letters, digits and underscores');
  END IF;
  PERFORM "synclayer".check_table(given);
  t.collection := of_collection;
  t.definition := given;
  t.relation := "synclayer".find_table(given, schemas);
  SELECT c.relkind = 'p' INTO t.is_partitioned FROM pg_class c WHERE c.oid = t.relation;
  t.schema := coalesce((given ->> 'schema')::bigint, 1);
  t.id_column := given ->> 'id';
  t.id_type := "synclayer".key_type(t.relation, t.id_column, 'id');
  PERFORM "synclayer".check_key(t.relation, t.id_column);
  IF jsonb_typeof(given -> 'scope') = 'object' THEN
    t.scope_column := given -> 'scope' ->> 'column';
    t.scope_type := "synclayer".key_type(t.relation, t.scope_column, 'scope');
    t.scope_prefix := coalesce(given -> 'scope' ->> 'prefix', '');
  ELSE
    t.fixed_scope := coalesce(given ->> 'scope', 'default');
  END IF;
  t.columns := "synclayer".fields_of(t.relation, given);
  t.document_sql := "synclayer".document_expression(t.id_column, t.columns);
  t.search_path := (SELECT coalesce(string_agg(format('%I', name), ', ' ORDER BY place), 'pg_catalog')
    FROM unnest(schemas) WITH ORDINALITY AS n(name, place));
  RETURN t;
EXCEPTION WHEN SQLSTATE 'SYTAB' THEN
  GET STACKED DIAGNOSTICS member = COLUMN_NAME, reason = MESSAGE_TEXT;
  RAISE EXCEPTION USING ERRCODE = 'SYTAB', TABLE = of_collection, COLUMN = member, MESSAGE = reason,
    HINT = concat_ws('.', 'It is said of tables', of_collection, nullif(member, ''));
END $$;

-- The name of a collection's function and triggers: names have 63 bytes at most.
CREATE FUNCTION "synclayer".note_name(of_collection text, what text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT concat_ws('_', 'synclayer', left(of_collection, 30), left(md5(of_collection), 8), what) $$;

-- The query for notes. row_name: what they are taken from. No record can have a scope or an id that is left out here.
CREATE FUNCTION "synclayer".note_sql(t "synclayer"."table", row_name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('INSERT INTO "synclayer".inbox (scope, collection, id) SELECT %1$s, %2$L, %3$s
    %4$s WHERE %1$s ~ ''^[\u0020-\u007e]{1,128}$'' AND octet_length(%3$s) BETWEEN 1 AND 512',
    "synclayer".scope_sql(t, row_name), t.collection, format('%s.%I::text', row_name, t.id_column),
    CASE row_name WHEN 't' THEN format('FROM %s t', "synclayer".source_of(t)) ELSE '' END)
$$;

CREATE FUNCTION "synclayer".note_body(t "synclayer"."table") RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('BEGIN
  IF TG_OP <> ''INSERT'' THEN %1$s; END IF;
  IF TG_OP = ''INSERT'' THEN %2$s;
  ELSIF TG_OP = ''UPDATE'' AND (OLD.%3$I::text, %4$s) IS DISTINCT FROM (NEW.%3$I::text, %5$s) THEN %2$s; END IF;
  RETURN NULL;
END', "synclayer".note_sql(t, 'OLD'), "synclayer".note_sql(t, 'NEW'), t.id_column, "synclayer".scope_sql(t, 'OLD'), "synclayer".scope_sql(t, 'NEW'))
$$;

-- Notes the records of a collection that are live.
CREATE FUNCTION "synclayer".note_records(of_collection text) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO "synclayer".inbox (scope, collection, id)
  SELECT f.scope, r.collection, r.id FROM "synclayer".feed f
  JOIN "synclayer".record r ON r.feed = f.feed AND r.collection = of_collection WHERE NOT r.deleted
$$;

CREATE FUNCTION "synclayer".note_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM "synclayer".note_records(TG_ARGV[0]);
  RETURN NULL;
END $$;

-- True where both triggers of a table are there and fire.
CREATE FUNCTION "synclayer".is_noted(t "synclayer"."table") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT count(*) = 2 FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
  WHERE g.tgrelid = t.relation AND g.tgenabled <> 'D' AND NOT g.tgisinternal
    AND (g.tgname = "synclayer".note_name(t.collection, 'truncate')
      OR g.tgname = "synclayer".note_name(t.collection, 'row') AND p.prosrc = "synclayer".note_body(t))
$$;

CREATE FUNCTION "synclayer".drop_triggers(of_collection text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT g.tgname, g.tgrelid::regclass AS of_table FROM pg_trigger g
    WHERE g.tgname IN ("synclayer".note_name(of_collection, 'row'), "synclayer".note_name(of_collection, 'truncate')) AND g.tgparentid = 0
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', each.tgname, each.of_table);
  END LOOP;
  EXECUTE format('DROP FUNCTION IF EXISTS "synclayer".%I()', "synclayer".note_name(of_collection, 'row'));
END $$;

CREATE FUNCTION "synclayer".make_triggers(t "synclayer"."table") RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  row_name text := "synclayer".note_name(t.collection, 'row');
  truncate_name text := "synclayer".note_name(t.collection, 'truncate');
BEGIN
  EXECUTE format('CREATE FUNCTION "synclayer".%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    row_name, "synclayer".note_body(t));
  EXECUTE format('REVOKE ALL ON FUNCTION "synclayer".%I() FROM PUBLIC', row_name);
  EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION "synclayer".%I()',
    row_name, t.relation, row_name);
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION "synclayer".note_truncate(%L)',
    truncate_name, t.relation, t.collection);
  -- What comes in by logical replication is noted too. Only a table's owner may say so.
  IF (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = t.relation) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I, ENABLE ALWAYS TRIGGER %I', t.relation, row_name, truncate_name);
  END IF;
END $$;

-- Syncs a table as a collection: to be called by the owner of this schema, once, and again when its columns have changed.
-- definition: {table: name or [schema, name], id, scope, fields, schema}. schemas: where a table named alone is looked for,
-- and what its own triggers expect as search path. What is in the table already is noted, as are records that are not.
CREATE FUNCTION "synclayer".sync_table(of_collection text, definition jsonb, schemas text[] DEFAULT current_schemas(false)::text[])
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t "synclayer"."table" := "synclayer".compile_table(of_collection, definition, schemas);
BEGIN
  PERFORM "synclayer".drop_triggers(of_collection);
  DELETE FROM "synclayer"."table" WHERE collection = of_collection;
  INSERT INTO "synclayer"."table" SELECT t.*;
  -- Waits for writers, so that none is missed between them and what is noted next.
  PERFORM "synclayer".make_triggers(t);
  EXECUTE "synclayer".note_sql(t, 't');
  PERFORM "synclayer".note_records(of_collection);
END $$;

-- Syncs a table no longer. Its records stay, as those of an ordinary collection.
CREATE FUNCTION "synclayer".detach_table(of_collection text) RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM "synclayer".drop_triggers(of_collection);
  DELETE FROM "synclayer".inbox WHERE collection = of_collection;
  DELETE FROM "synclayer"."table" WHERE collection = of_collection;
END $$;

-- A table that was set up, as its columns are now; null where it does not fit its definition any more.
CREATE FUNCTION "synclayer".compile_again(t "synclayer"."table") RETURNS "synclayer"."table" LANGUAGE plpgsql STABLE AS $$
DECLARE
  again "synclayer"."table";
BEGIN
  again := "synclayer".compile_table(t.collection, t.definition || (
    SELECT jsonb_build_object('table', jsonb_build_array(n.nspname, c.relname))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t.relation), '{}');
  again.definition := t.definition;
  again.search_path := t.search_path;
  RETURN again;
EXCEPTION WHEN SQLSTATE 'SYTAB' THEN
  RETURN NULL;
END $$;

-- Collections that are to be set up, or set up again, with their definitions. given: definitions by collection. A table that
-- is not given is one that was set up before. Raises SYTAB where one that is given does not fit.
CREATE FUNCTION "synclayer".stale_tables(given jsonb, schemas text[]) RETURNS TABLE (collection text, definition jsonb, is_given boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  of_collection text;
  wanted "synclayer"."table";
  t "synclayer"."table";
BEGIN
  FOR of_collection IN SELECT jsonb_object_keys(given) UNION SELECT u.collection FROM "synclayer"."table" u ORDER BY 1 LOOP
    SELECT * INTO t FROM "synclayer"."table" u WHERE u.collection = of_collection;
    IF given ? of_collection THEN
      wanted := "synclayer".compile_table(of_collection, given -> of_collection, schemas);
      wanted.search_path := coalesce(t.search_path, wanted.search_path);
    ELSE
      wanted := "synclayer".compile_again(t);
    END IF;
    CONTINUE WHEN wanted IS NOT DISTINCT FROM t AND "synclayer".is_noted(t);
    collection := of_collection;
    definition := coalesce(given -> of_collection, t.definition);
    is_given := given ? of_collection;
    RETURN NEXT;
  END LOOP;
END $$;

-- Whether a scope has notes of tables, but for some.
CREATE FUNCTION "synclayer".is_waiting(of_scope text, but text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN NOT pg_is_in_recovery() AND EXISTS (SELECT FROM "synclayer"."table" t WHERE t.collection <> ALL (but)
    AND EXISTS (SELECT FROM "synclayer".inbox i WHERE i.scope = of_scope AND i.collection = t.collection));
END $$;

CREATE FUNCTION "synclayer".warn(of_collection text, message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING USING ERRCODE = 'SYWRN', TABLE = of_collection, MESSAGE = message;
END $$;

-- True for failures that say something of one table: it was altered, or is being altered.
CREATE FUNCTION "synclayer".is_of_table(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT left(state, 2) IN ('0A', '22', '42') OR state = '55P03' $$;

-- Documents of rows, in the order of the ids; null where there is none in the scope. Settings: how texts of values are written.
CREATE FUNCTION "synclayer".read_rows(t "synclayer"."table", of_scope text, ids text[]) RETURNS TABLE (document jsonb) LANGUAGE plpgsql VOLATILE
  SET lock_timeout = '200ms' SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'iso_8601'
  SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT r.document FROM pg_catalog.unnest($1) WITH ORDINALITY AS i(id, place)
    LEFT JOIN LATERAL (SELECT %s AS document, %s AS scope, t.%I::text AS id FROM %s t WHERE t.%I = i.id::%s OFFSET 0) r
    ON r.id = i.id AND r.scope = $2 ORDER BY i.place',
    t.document_sql, "synclayer".scope_sql(t, 't'), t.id_column, "synclayer".source_of(t), t.id_column, t.id_type)
  USING ids, of_scope;
END $$;

-- What keeps a row from being a record; null: nothing does.
CREATE FUNCTION "synclayer".row_problem(id text, document jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  body text := document::text;
BEGIN
  RETURN CASE
    WHEN document IS NULL THEN NULL
    WHEN NOT "synclayer".is_id(id) THEN 'its id has control characters, or more than 128 characters'
    WHEN octet_length(body) > 67108864 THEN 'its document has more than 67108864 bytes'
    ELSE 'its document ' || "synclayer".json_problem(document, body, 100)
  END;
END $$;

-- Takes the states of rows into the feed where they differ from what it has: by the server's clock, and by nobody. The feed has
-- to be locked. What no record can hold is told of and left out: the feed keeps what it had.
CREATE FUNCTION "synclayer".store_foreign(INOUT f "synclayer".feed, INOUT mark text, is_due boolean, now bigint, t "synclayer"."table",
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
    SELECT w.id, w.document, w.place, k.feed IS NULL AS is_new, "synclayer".row_problem(w.id, w.document) AS problem
    FROM unnest(ids, documents) WITH ORDINALITY AS w(id, document, place)
    LEFT JOIN LATERAL (SELECT r.feed, r.document FROM "synclayer".record r
      WHERE r.feed = f.feed AND r.collection = t.collection AND r.id = w.id OFFSET 0) k ON true
    WHERE w.document IS DISTINCT FROM k.document
  ) c;
  FOR problem IN SELECT * FROM jsonb_each_text(problems) LOOP
    PERFORM "synclayer".warn(t.collection, format('The row %s cannot be synced, and is left out: %s', to_jsonb(problem.key), problem.value));
  END LOOP;
  IF changed_ids IS NULL THEN RETURN; END IF;
  mark := coalesce(mark, "synclayer".write_mark(f, is_due, now));
  INSERT INTO "synclayer".record AS r
    (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
  SELECT f.feed, f.head + c.nth, now, t.schema, coalesce(octet_length(c.document::text), 0), c.document IS NULL,
    t.collection, c.id, "synclayer".format_version(f.epoch, f.head + c.nth, mark),
    "synclayer".format_number(now) || '-0000-0000000000000000', NULL, c.document
  FROM unnest(changed_ids, changed_documents) WITH ORDINALITY AS c(id, document, nth)
  ON CONFLICT (feed, collection, id) DO UPDATE SET
    (position, stored_at, schema, size, deleted, version, "time", mutation, document) =
    ROW(excluded.position, excluded.stored_at, excluded.schema, excluded.size, excluded.deleted, excluded.version,
      excluded.time, excluded.mutation, excluded.document);
  UPDATE "synclayer".feed u SET head = u.head + cardinality(changed_ids), records = u.records + added
  WHERE u.feed = f.feed RETURNING u.* INTO f;
END $$;

-- Takes what is noted of a table into the feed, which has to be locked: of some records, or of any. room: so many notes.
CREATE FUNCTION "synclayer".sequence_table(INOUT f "synclayer".feed, INOUT mark text, is_due boolean, now bigint, t "synclayer"."table",
  some_ids text[], INOUT room bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  entries bigint[];
  ids text[];
  documents jsonb[];
  taken record;
BEGIN
  IF some_ids IS NULL THEN
    SELECT array_agg(n.entry), array_agg(DISTINCT n.id) INTO entries, ids FROM (
      SELECT i.entry, i.id FROM "synclayer".inbox i WHERE i.scope = f.scope AND i.collection = t.collection ORDER BY i.id LIMIT room) n;
  ELSE
    SELECT array_agg(n.entry), array_agg(DISTINCT n.id) INTO entries, ids FROM unnest(some_ids) AS w(id)
    CROSS JOIN LATERAL (SELECT i.entry, i.id FROM "synclayer".inbox i
      WHERE i.scope = f.scope AND i.collection = t.collection AND i.id = w.id OFFSET 0) n;
  END IF;
  IF entries IS NULL THEN RETURN; END IF;
  documents := ARRAY(SELECT r.document FROM "synclayer".read_rows(t, f.scope, ids) r);
  SELECT * INTO taken FROM "synclayer".store_foreign(f, mark, is_due, now, t, ids, documents);
  f := taken.f; mark := taken.mark;
  DELETE FROM "synclayer".inbox WHERE entry = ANY (entries);
  room := room - cardinality(entries);
END $$;

-- Brings the feed of a scope up to date with the user's tables, a part of it. Answers the collections whose tables cannot be
-- read now: their notes wait.
CREATE FUNCTION "synclayer".sequence_inbox(of_scope text) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  unread text[] := '{}';
  room bigint := 1000;
  now bigint;
  mark text;
  f "synclayer".feed;
  t "synclayer"."table";
  taken record;
BEGIN
  IF NOT "synclayer".is_waiting(of_scope, unread) THEN RETURN unread; END IF;
  f := "synclayer".take_feed(of_scope);
  now := "synclayer".now_ms();
  FOR t IN SELECT * FROM "synclayer"."table" u WHERE EXISTS (
    SELECT FROM "synclayer".inbox i WHERE i.scope = of_scope AND i.collection = u.collection) ORDER BY u.collection
  LOOP
    EXIT WHEN room <= 0;
    BEGIN
      SELECT * INTO taken FROM "synclayer".sequence_table(f, mark, false, now, t, NULL, room);
      f := taken.f; mark := taken.mark; room := taken.room;
    EXCEPTION WHEN OTHERS THEN
      IF NOT "synclayer".is_of_table(SQLSTATE) THEN RAISE; END IF;
      PERFORM "synclayer".warn(t.collection, format('The table %s cannot be read now: %s', t.relation, SQLERRM));
      unread := array_append(unread, t.collection);
    END;
  END LOOP;
  RETURN unread;
END $$;

CREATE FUNCTION "synclayer".rejected(code text, reason text) RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT jsonb_build_object('status', 'rejected', 'code', code, 'reason', reason) $$;

-- The n of clientId.n; null where the id is none of the client's.
CREATE FUNCTION "synclayer".mutation_number(id text, client text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN starts_with(id, client || '.') AND substr(id, length(client) + 2) ~ '^(0|[1-9][0-9]{0,15})$'
    AND substr(id, length(client) + 2)::numeric <= 9007199254740991 THEN substr(id, length(client) + 2)::bigint END
$$;

-- requests: those that were admitted, null for the others. held: why nothing new of a request may be applied, if so.
CREATE FUNCTION "synclayer".stage(requests jsonb[], held jsonb[], now bigint, most_bytes integer)
RETURNS "synclayer".mutation[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  latest text := "synclayer".format_number(now + 60000);
  staged "synclayer".mutation[];
BEGIN
  -- OFFSET 0: what an inner query computes is computed once.
  staged := ARRAY(SELECT ROW(
      request, place, group_name, id, client, n, collection, record_id, kind, base #>> '{}', "time", CASE WHEN left("time", 12) COLLATE "C" > latest THEN latest || substr("time", 13) ELSE "time" END,
      CASE WHEN problem IS NULL THEN schema::bigint END, data, octet_length(body), patch,
      CASE
        WHEN problem IS NOT NULL THEN "synclayer".rejected('INVALID_MUTATION', problem)
        WHEN octet_length(body) > most_bytes THEN coalesce("synclayer".size_refusal(data, body, most_bytes), held[request])
        ELSE held[request]
      END)::"synclayer".mutation
    FROM (SELECT *, CASE
        WHEN n IS NULL THEN 'the id is not one of the client'
        WHEN collection IS NULL OR collection !~ '^[A-Za-z][A-Za-z0-9_]*$' OR length(collection) > 63 THEN
          'collection must begin with a letter and have 1 to 63 letters, digits and underscores'
        WHEN jsonb_typeof("recordId") IS DISTINCT FROM 'string' OR NOT "synclayer".is_id(record_id) THEN
          'recordId must have 1 to 128 characters, none of them a control character'
        WHEN base IS NOT NULL AND (jsonb_typeof(base) <> 'string' OR base = '""') THEN 'base must be a version, or null'
        WHEN "time" IS NULL OR NOT "synclayer".is_time("time") THEN
          'time must be a hybrid time: 12 hex digits, -, 4, -, 16, in lower case'
        WHEN "group" IS NOT NULL AND (jsonb_typeof("group") <> 'string' OR NOT "synclayer".is_id(group_name)) THEN
          'group must have 1 to 128 characters'
        WHEN NOT "synclayer".is_count(schema) THEN 'schema must be a whole number, 0 or more'
        WHEN kind = 'put' THEN CASE
          WHEN patch IS NOT NULL THEN 'patch must be left out of a put'
          WHEN jsonb_typeof(data) IS DISTINCT FROM 'object' THEN 'data must be an object'
          WHEN data -> 'id' IS DISTINCT FROM "recordId" THEN 'data.id must be the id of the record'
          ELSE 'data ' || "synclayer".json_problem(data, body, 100)
        END
        WHEN kind = 'patch' THEN CASE
          WHEN data IS NOT NULL THEN 'data must be left out of a patch'
          WHEN base IS NULL THEN 'base must be a version: there is nothing to patch'
          ELSE "synclayer".patch_problem(patch)
        END
        WHEN kind = 'delete' THEN CASE
          WHEN data IS NOT NULL THEN 'data must be left out of a delete'
          WHEN patch IS NOT NULL THEN 'patch must be left out of a delete'
        END
        ELSE 'kind must be put, patch or delete'
      END AS problem
      FROM (SELECT sent.*, row_number() OVER () AS place, data::text AS body,
          "recordId" #>> '{}' AS record_id, "group" #>> '{}' AS group_name,
          "synclayer".mutation_number(id, client) AS n
        FROM (SELECT request, value ->> 'clientId' AS client, m.*
          FROM unnest(requests) WITH ORDINALITY r(value, request)
          CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(value -> 'mutations') AS (
            id text, collection text, "recordId" jsonb, kind text, base jsonb, data jsonb, patch jsonb,
            "time" text, schema jsonb, "group" jsonb)) m
          OFFSET 0) sent
        OFFSET 0) read
      OFFSET 0) checked);
  IF NOT EXISTS (SELECT FROM unnest(staged) m WHERE m."group" IS NOT NULL) THEN RETURN staged; END IF;
  RETURN ARRAY(SELECT ROW(m.request, m.first, m."group", m.id, m.client, m.n, m.collection, m.record_id, m.kind, m.base,
      m.sent_time, m.time, m.schema, m.document, m.size, m.patch, m.refusal)::"synclayer".mutation
    FROM (SELECT u.*, CASE WHEN u."group" IS NULL THEN u.unit ELSE min(u.unit) OVER (PARTITION BY u.request, u."group") END AS first
      FROM unnest(staged) u) m
    ORDER BY m.first, m.unit);
END $$;

-- The same for what was checked, whose units are in their order already. Requests that were not admitted have no rows.
CREATE FUNCTION "synclayer".stage_checked(columns "synclayer".checked_columns, requests jsonb[], held jsonb[], now bigint, most_bytes integer)
RETURNS "synclayer".mutation[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  latest text := "synclayer".format_number(now + 60000);
BEGIN
  RETURN ARRAY(SELECT ROW(
      request, coalesce(unit::integer, place), unit, client || '.' || n, client, n, collection, record_id, kind, base, "time", CASE WHEN left("time", 12) COLLATE "C" > latest THEN latest || substr("time", 13) ELSE "time" END,
      schema::bigint, CASE WHEN kind = 'put' THEN body END, bytes, CASE WHEN kind = 'patch' THEN body END,
      CASE WHEN bytes > most_bytes THEN coalesce("synclayer".size_refusal(body, body::text, most_bytes), held[request])
        ELSE held[request] END)::"synclayer".mutation
    FROM (SELECT *, CASE WHEN kind = 'put' THEN octet_length(body::text) END AS bytes
      FROM (SELECT c.request::integer, requests[c.request::integer] ->> 'clientId' AS client, c.n::bigint, c.content::jsonb AS body,
          c.unit, c.collection, c.record_id, c.kind, c.base, c."time", c.schema, c.place::integer
        FROM unnest(string_to_array((columns).request, E'\n', ''), string_to_array((columns).unit, E'\n', ''), string_to_array((columns).n, E'\n', ''), string_to_array((columns).collection, E'\n', ''), string_to_array((columns).record_id, E'\n', ''), string_to_array((columns).kind, E'\n', ''), string_to_array((columns).base, E'\n', ''), string_to_array((columns)."time", E'\n', ''), string_to_array((columns).schema, E'\n', ''), string_to_array((columns).content, E'\n', ''))
          WITH ORDINALITY AS c(request, unit, n, collection, record_id, kind, base, "time", schema, content, place)
        OFFSET 0) read
      OFFSET 0) sent
    WHERE client IS NOT NULL);
END $$;

CREATE FUNCTION "synclayer".outcome_json(outcome jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(outcome) = 'string' THEN jsonb_build_object('status', 'accepted', 'version', outcome) ELSE outcome END
$$;

-- Tells a mutation from another with the same id: by the time of its edit, and by what it changes.
CREATE FUNCTION "synclayer".identity("time" text, kind text, collection text, record_id text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT "time" || ' ' || kind || ' ' || collection || ' ' || record_id $$;

-- Whether an answer may be known for any of these: for the most part none is, and one look at the runs of each client says so.
CREATE FUNCTION "synclayer".may_be_known(of_feed integer, batch "synclayer".mutation[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM (SELECT m.client, min(m.n) AS low, max(m.n) AS high FROM unnest(batch) m GROUP BY m.client) c
    CROSS JOIN LATERAL (SELECT k.first FROM "synclayer".result k
      WHERE k.feed = of_feed AND k.client = c.client AND k.last >= c.low ORDER BY k.last LIMIT 1) run
    WHERE run.first <= c.high);
END $$;

-- documents: what patches make of their documents; null for all else.
CREATE FUNCTION "synclayer".judge(of_feed integer, batch "synclayer".mutation[], requests jsonb[], most_bytes integer,
  OUT outcomes jsonb[], OUT documents jsonb[]) LANGUAGE plpgsql STABLE AS $$
DECLARE
  may_be_known boolean := "synclayer".may_be_known(of_feed, batch);
  has_patches boolean;
  has_groups boolean;
BEGIN
  SELECT array_agg(v.outcome), array_agg(CASE WHEN v.outcome IS NULL AND m.kind = 'patch' THEN r.document END),
    bool_or(v.outcome IS NULL AND m.kind = 'patch'), bool_or(m."group" IS NOT NULL)
  INTO outcomes, documents, has_patches, has_groups
  FROM unnest(batch) m
  LEFT JOIN LATERAL (SELECT k.first, k.version, k.identities FROM "synclayer".result k
    WHERE may_be_known AND k.feed = of_feed AND k.client = m.client AND k.last >= m.n ORDER BY k.last LIMIT 1) run
    ON run.first <= m.n
  LEFT JOIN LATERAL (SELECT c.* FROM "synclayer".record c
    WHERE c.feed = of_feed AND c.collection = m.collection AND c.id = m.record_id OFFSET 0) r ON true
  CROSS JOIN LATERAL (SELECT CASE
      WHEN run.first IS NOT NULL THEN
        CASE WHEN split_part(run.identities, E'\n', (m.n - run.first + 1)::integer)
            = "synclayer".identity(m.sent_time, m.kind, m.collection, m.record_id)
          THEN to_jsonb("synclayer".version_after(run.version, m.n - run.first))
          ELSE "synclayer".rejected('MUTATION_ID_REUSED', 'The id was given to another mutation before') END
      WHEN m.refusal IS NOT NULL THEN m.refusal
      WHEN r.version IS DISTINCT FROM m.base THEN jsonb_build_object('status', 'conflict', 'current',
        CASE WHEN r.feed IS NOT NULL THEN "synclayer".record_json(r::"synclayer".record, requests[m.request] -> 'fields' -> m.collection) END)
      WHEN m.kind = 'patch' AND r.deleted THEN "synclayer".rejected('INVALID_MUTATION', 'A patch needs a document to change')
    END AS outcome OFFSET 0) v;
  IF has_patches THEN
    SELECT array_agg(CASE
        WHEN d.document IS NULL THEN outcomes[m.ordinality]
        WHEN p.problem IS NOT NULL THEN "synclayer".rejected('INVALID_MUTATION', p.problem)
        ELSE "synclayer".size_refusal(p.patched, p.patched::text, most_bytes)
      END), array_agg(p.patched)
    INTO outcomes, documents
    FROM unnest(batch) WITH ORDINALITY m
    CROSS JOIN LATERAL (SELECT documents[m.ordinality] AS document OFFSET 0) d
    LEFT JOIN LATERAL "synclayer".apply_patch(d.document, m.patch) p ON true;
  END IF;
  IF has_groups THEN outcomes := "synclayer".judge_groups(batch, outcomes); END IF;
END $$;

-- A group is applied whole or not at all (A10). Every culprit keeps its own outcome, so that one answer is enough to put
-- the group right.
CREATE FUNCTION "synclayer".judge_groups(batch "synclayer".mutation[], outcomes jsonb[]) RETURNS jsonb[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(
    SELECT CASE
      WHEN verdict IS NOT NULL OR bool_and(verdict IS NULL OR jsonb_typeof(verdict) = 'string') OVER (PARTITION BY unit)
        THEN verdict
      ELSE '{"status":"aborted"}'
    END
    FROM (
      SELECT m.unit, m.ordinality, CASE
        WHEN outcomes[m.ordinality] IS NULL
          AND row_number() OVER (PARTITION BY m.unit, m.collection, m.record_id ORDER BY m.ordinality) > 1
          THEN "synclayer".rejected('INVALID_MUTATION', 'A group may change a record only once')
        ELSE outcomes[m.ordinality]
      END AS verdict
      FROM unnest(batch) WITH ORDINALITY m
    ) each
    ORDER BY ordinality
  );
END $$;

-- Fills in the outcomes that are missing. The feed has to be locked; positions go on from its head.
CREATE FUNCTION "synclayer".store(INOUT f "synclayer".feed, mark text, now bigint, batch "synclayer".mutation[], INOUT outcomes jsonb[],
  documents jsonb[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  -- How many are applied up to each; 0 where it is not one of them.
  nths bigint[] := ARRAY(
    SELECT CASE WHEN o IS NULL THEN count(*) FILTER (WHERE o IS NULL) OVER (ROWS UNBOUNDED PRECEDING) ELSE 0 END
    FROM unnest(outcomes) o);
  applied bigint;
  added bigint;
BEGIN
  WITH state AS MATERIALIZED (
    SELECT m.*, f.head + nths[m.ordinality] AS at, outcomes[m.ordinality] AS outcome,
      CASE WHEN nths[m.ordinality] > 0 THEN "synclayer".format_version(f.epoch, f.head + nths[m.ordinality], mark) END AS made,
      coalesce(documents[m.ordinality], m.document) AS stored,
      coalesce(octet_length(documents[m.ordinality]::text), m.size, 0) AS bytes
    FROM unnest(batch) WITH ORDINALITY m
  ), created AS (
    INSERT INTO "synclayer".record
      (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
    SELECT f.feed, at, now, schema, bytes, kind = 'delete', collection, record_id, made, "time", id, stored
    FROM state WHERE outcome IS NULL AND base IS NULL
  ), changed AS (
    -- Not an UPDATE for those that are there: its join could be planned the wrong way round.
    INSERT INTO "synclayer".record AS r
      (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
    SELECT f.feed, at, now, schema, bytes, kind = 'delete', collection, record_id, made, "time", id, stored
    FROM state WHERE outcome IS NULL AND base IS NOT NULL
    ON CONFLICT (feed, collection, id) DO UPDATE SET
      (position, stored_at, schema, size, deleted, version, "time", mutation, document) =
      ROW(excluded.position, excluded.stored_at, excluded.schema, excluded.size, excluded.deleted, excluded.version,
        excluded.time, excluded.mutation, excluded.document)
  ), remembered AS (
    INSERT INTO "synclayer".result (feed, last, first, stored_at, client, version, identities)
    SELECT f.feed, max(n), min(n), now, client, "synclayer".format_version(f.epoch, min(at), mark),
      string_agg("synclayer".identity(sent_time, kind, collection, record_id), E'\n' ORDER BY n)
    FROM (
      -- Of those whose number is as far from the position, the ones that have as many before them follow each other.
      SELECT *, row_number() OVER (PARTITION BY client, n - at ORDER BY n) AS nth FROM state WHERE outcome IS NULL
    ) numbered
    GROUP BY client, n - at, n - nth, (nth - 1) / 100
  )
  SELECT count(made), count(made) FILTER (WHERE base IS NULL), array_agg(coalesce(outcome, to_jsonb(made)) ORDER BY ordinality)
  INTO applied, added, outcomes FROM state;
  UPDATE "synclayer".feed u SET head = u.head + applied, records = u.records + added WHERE u.feed = f.feed RETURNING u.* INTO f;
END $$;

-- Locks rows against other writers. Answers the ids of those that others keep.
CREATE FUNCTION "synclayer".lock_rows(t "synclayer"."table", ids text[]) RETURNS text[] LANGUAGE plpgsql VOLATILE
  SET lock_timeout = '250ms' AS $$
DECLARE
  query text := format('SELECT t.%1$I::text AS id FROM %2$s t WHERE t.%1$I = ANY ($1::%3$s[])', t.id_column, "synclayer".source_of(t), t.id_type);
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
      PERFORM set_config('lock_timeout', '10ms', true);
    END;
  END LOOP;
  RETURN held;
END $$;

-- Gives mutations of some records, and their groups, an outcome.
CREATE FUNCTION "synclayer".hold(sent "synclayer".mutation[], of_collection text, ids text[], outcome jsonb) RETURNS "synclayer".mutation[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  m "synclayer".mutation;
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
CREATE FUNCTION "synclayer".take_rows(INOUT f "synclayer".feed, INOUT mark text, is_due boolean, now bigint, INOUT sent "synclayer".mutation[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t "synclayer"."table";
  ids text[];
  taken record;
BEGIN
  FOR t IN SELECT u.* FROM "synclayer"."table" u
    WHERE u.collection = ANY (ARRAY(SELECT DISTINCT m.collection FROM unnest(sent) m)) ORDER BY u.collection
  LOOP
    ids := ARRAY(SELECT DISTINCT m.record_id FROM unnest(sent) m
      WHERE m.collection = t.collection AND m.refusal IS NULL AND "synclayer".is_row_id(t.id_type, m.record_id) ORDER BY 1);
    CONTINUE WHEN ids = '{}';
    BEGIN
      sent := "synclayer".hold(sent, t.collection, "synclayer".lock_rows(t, ids), '{"status":"retry","code":"TIMEOUT"}');
      SELECT * INTO taken FROM "synclayer".sequence_table(f, mark, is_due, now, t, ids, NULL);
      f := taken.f; mark := taken.mark;
    EXCEPTION WHEN OTHERS THEN
      IF NOT "synclayer".is_of_table(SQLSTATE) THEN RAISE; END IF;
      PERFORM "synclayer".warn(t.collection, format('The table %s cannot be written now: %s', t.relation, SQLERRM));
      sent := "synclayer".hold(sent, t.collection, ids, '{"status":"retry","code":"BACKEND_FAILED"}');
    END;
  END LOOP;
END $$;

CREATE FUNCTION "synclayer".field_refusal(field text, reason text) RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT "synclayer".rejected('INVALID_MUTATION', reason) || jsonb_build_object('details', jsonb_build_object('field', field)) $$;

-- The columns to write, as in the registry, so that a row becomes the document; or why it cannot. before: what it is; null:
-- there is none, and what is not named gets the column's default.
CREATE FUNCTION "synclayer".row_change(t "synclayer"."table", of_scope text, before jsonb, INOUT document jsonb, OUT changes jsonb[], OUT refusal jsonb)
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
  own text := CASE WHEN t.scope_column IS NOT NULL AND starts_with(of_scope, t.scope_prefix)
    THEN substr(of_scope, length(t.scope_prefix) + 1) END;
  each jsonb;
  field text;
  value jsonb;
BEGIN
  changes := '{}';
  IF (CASE WHEN t.scope_column IS NULL THEN of_scope <> t.fixed_scope ELSE own IS NULL OR NOT "synclayer".is_row_id(t.scope_type, own) END) THEN
    refusal := "synclayer".rejected('INVALID_MUTATION', format('%s has no records in the scope %s', t.collection, to_jsonb(of_scope)));
    RETURN;
  END IF;
  IF before IS NULL AND NOT "synclayer".is_row_id(t.id_type, document ->> 'id') THEN
    refusal := "synclayer".field_refusal('id', format('The column of the id holds values of type %s', t.id_type));
    RETURN;
  END IF;
  SELECT key INTO field FROM jsonb_object_keys(document) key
  WHERE key <> 'id' AND NOT EXISTS (SELECT FROM jsonb_array_elements(t.columns) c WHERE c ->> 'field' = key) LIMIT 1;
  IF FOUND THEN
    refusal := "synclayer".field_refusal(field, format('The table of %s has no column for the field %s', t.collection, to_jsonb(field)));
    RETURN;
  END IF;
  FOR each IN SELECT jsonb_array_elements(t.columns) LOOP
    field := each ->> 'field';
    value := document -> field;
    CONTINUE WHEN CASE WHEN before IS NULL THEN value IS NULL ELSE coalesce(value, 'null') = coalesce(before -> field, 'null') END;
    value := coalesce(value, 'null');
    IF NOT (each -> 'isWritable')::boolean THEN
      CONTINUE WHEN before IS NULL AND value = 'null';
      refusal := "synclayer".field_refusal(field, format('The column of the field %s is generated by the database', to_jsonb(field)));
      RETURN;
    END IF;
    IF value <> 'null' AND NOT "synclayer".is_held(each, value) THEN
      refusal := "synclayer".field_refusal(field, format('The column of the field %s holds %s', to_jsonb(field), "synclayer".kind_holds(each ->> 'kind')));
      RETURN;
    END IF;
    IF each ->> 'name' = t.scope_column AND value #>> '{}' IS DISTINCT FROM own THEN
      refusal := "synclayer".rejected('SCOPE_CHANGE', format('The column %s says the record''s scope, which never changes', to_jsonb(t.scope_column)));
      RETURN;
    END IF;
    IF each ->> 'kind' = 'instant' AND value <> 'null' THEN
      -- A moment without a zone is one in UTC, whatever the session's.
      document := jsonb_set(document, ARRAY[field], to_jsonb((value #>> '{}')::timestamptz));
    END IF;
    changes := array_append(changes, each);
  END LOOP;
EXCEPTION WHEN data_exception THEN
  refusal := "synclayer".field_refusal(field, SQLERRM);
END $$;

-- Makes a row what the document says; null deletes it. Answers a refusal, or raises. Triggers of the table find the search
-- path and the planner as who set the table up left them.
CREATE FUNCTION "synclayer".write_row(t "synclayer"."table", of_scope text, record_id text, before jsonb, target jsonb) RETURNS jsonb
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
    statement := format('DELETE FROM %s t WHERE t.%I = $2::%s', "synclayer".source_of(t), t.id_column, t.id_type);
  ELSE
    change := "synclayer".row_change(t, of_scope, before, target);
    IF change.refusal IS NOT NULL THEN RETURN change.refusal; END IF;
    FOREACH each IN ARRAY change.changes LOOP
      names := names || format('%I', each ->> 'name');
      expressions := expressions || (each ->> 'expression');
    END LOOP;
    IF before IS NOT NULL THEN
      IF names = '{}' THEN RETURN NULL; END IF;
      statement := format('UPDATE %s t SET %s WHERE t.%I = $2::%s', "synclayer".source_of(t), (
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
CREATE FUNCTION "synclayer".write_outcome(state text, message text, of_constraint text, of_column text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN state IN ('55P03', '40P01') THEN '{"status":"retry","code":"TIMEOUT"}'
    WHEN left(state, 2) = ANY ('{08,0A,25,26,28,2D,3B,3D,3F,40,42,53,55,57,58,F0,HV,XX}') THEN '{"status":"retry","code":"BACKEND_FAILED"}'
    ELSE "synclayer".rejected('CONSTRAINT', message) || jsonb_build_object('details', jsonb_strip_nulls(jsonb_build_object(
      'sqlState', state, 'constraint', nullif(of_constraint, ''), 'column', nullif(of_column, ''))))
  END
$$;

-- Writes the rows of a unit, whole or not at all. documents: of the whole batch, in whose place come those of the rows as they
-- are now. culprit: who failed; null with an outcome: nobody alone, as with constraints that are looked at in the end.
CREATE FUNCTION "synclayer".write_unit(f "synclayer".feed, batch "synclayer".mutation[], places integer[], INOUT documents jsonb[],
  OUT culprit integer, OUT outcome jsonb) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  given jsonb[] := documents;
  m "synclayer".mutation;
  t "synclayer"."table";
  at integer;
  before jsonb;
  target jsonb;
  state text; message text; of_constraint text; of_column text;
BEGIN
  IF cardinality(places) > 1 THEN SET CONSTRAINTS ALL DEFERRED; ELSE SET CONSTRAINTS ALL IMMEDIATE; END IF;
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    SELECT * INTO t FROM "synclayer"."table" u WHERE u.collection = m.collection;
    CONTINUE WHEN NOT FOUND;
    culprit := at;
    before := (SELECT r.document FROM "synclayer".record r WHERE r.feed = f.feed AND r.collection = m.collection AND r.id = m.record_id);
    outcome := "synclayer".write_row(t, f.scope, m.record_id, before, coalesce(documents[at], m.document));
    IF outcome IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'SYREF'; END IF;
  END LOOP;
  culprit := NULL;
  IF cardinality(places) > 1 THEN SET CONSTRAINTS ALL IMMEDIATE; END IF;
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    SELECT * INTO t FROM "synclayer"."table" u WHERE u.collection = m.collection;
    CONTINUE WHEN NOT FOUND;
    culprit := at;
    target := (SELECT r.document FROM "synclayer".read_rows(t, f.scope, ARRAY[m.record_id]) r);
    IF (target IS NULL) <> (m.kind = 'delete') THEN
      outcome := "synclayer".rejected('CONSTRAINT', format('The table %s the row: one of its triggers decided so',
        CASE m.kind WHEN 'delete' THEN 'kept' ELSE 'did not keep' END));
    ELSIF "synclayer".row_problem(m.record_id, target) IS NOT NULL THEN
      outcome := "synclayer".rejected('INVALID_MUTATION', 'The row would be none that can be synced: ' || "synclayer".row_problem(m.record_id, target));
    END IF;
    IF outcome IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'SYREF'; END IF;
    documents[at] := target;
    -- What was noted of the row is what this transaction did: it is locked, and others' notes were taken before.
    DELETE FROM "synclayer".inbox i WHERE i.scope = f.scope AND i.collection = m.collection AND i.id = m.record_id;
  END LOOP;
  culprit := NULL;
EXCEPTION
  WHEN SQLSTATE 'SYREF' THEN documents := given;
  WHEN serialization_failure THEN RAISE;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, of_constraint = CONSTRAINT_NAME, of_column = COLUMN_NAME;
    documents := given;
    outcome := "synclayer".write_outcome(state, message, of_constraint, of_column);
    IF outcome ->> 'code' = 'BACKEND_FAILED' THEN
      PERFORM "synclayer".warn(m.collection, format('A row of %s could not be written, and is tried again: %s', t.relation, message));
    END IF;
END $$;

-- True where something of the unit's records is noted that was not taken before: another program has created one meanwhile,
-- or a trigger changed one while others of the same push were written.
CREATE FUNCTION "synclayer".is_noted_since(of_scope text, batch "synclayer".mutation[], places integer[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  m "synclayer".mutation;
  at integer;
BEGIN
  FOREACH at IN ARRAY places LOOP
    m := batch[at];
    IF EXISTS (SELECT FROM "synclayer".inbox i WHERE i.scope = of_scope AND i.collection = m.collection AND i.id = m.record_id) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- Writes the rows of all that is to be applied, a null outcome, and is of a table. Fills in the outcome of what is not applied.
CREATE FUNCTION "synclayer".write_tables(f "synclayer".feed, batch "synclayer".mutation[], INOUT outcomes jsonb[], INOUT documents jsonb[])
LANGUAGE plpgsql VOLATILE SET lock_timeout = '250ms' AS $$
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
    HAVING bool_or(EXISTS (SELECT FROM "synclayer"."table" t WHERE t.collection = m.collection)) ORDER BY min(m.ordinality)
  LOOP
    culprit := NULL;
    outcome := again;
    IF NOT "synclayer".is_noted_since(f.scope, batch, places) THEN
      SELECT w.documents, w.culprit, w.outcome INTO documents, culprit, outcome FROM "synclayer".write_unit(f, batch, places, documents) w;
      IF outcome ->> 'code' = 'TIMEOUT' THEN PERFORM set_config('lock_timeout', '10ms', true); END IF;
      -- Created by another program at the same moment: next time it is there to be judged by.
      IF outcome -> 'details' ->> 'sqlState' = '23505' AND "synclayer".is_noted_since(f.scope, batch, places) THEN outcome := again; END IF;
    END IF;
    CONTINUE WHEN outcome IS NULL;
    FOREACH at IN ARRAY places LOOP
      outcomes[at] := CASE WHEN culprit IS NULL OR at = culprit OR outcome ->> 'status' = 'retry' THEN outcome ELSE '{"status":"aborted"}' END;
    END LOOP;
  END LOOP;
END $$;

-- Tells documents along with what was accepted in tables, also when it was sent again: defaults, triggers and types may have
-- made something else of them. Where the record has changed since, the feed tells.
CREATE FUNCTION "synclayer".with_data(of_feed integer, batch "synclayer".mutation[], outcomes jsonb[]) RETURNS jsonb[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(
    SELECT CASE WHEN r.document IS NULL THEN outcomes[m.ordinality] ELSE "synclayer".outcome_json(outcomes[m.ordinality]) || jsonb_build_object('data', r.document) END
    FROM unnest(batch) WITH ORDINALITY m
    LEFT JOIN LATERAL (SELECT c.document FROM "synclayer".record c
      WHERE c.feed = of_feed AND c.collection = m.collection AND c.id = m.record_id
        AND jsonb_typeof(outcomes[m.ordinality]) = 'string' AND c.version = outcomes[m.ordinality] #>> '{}'
        AND EXISTS (SELECT FROM "synclayer"."table" t WHERE t.collection = m.collection) OFFSET 0) r ON true
    ORDER BY m.ordinality)
$$;

CREATE FUNCTION "synclayer".failure(code text, message text, details jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT jsonb_build_object('error', jsonb_build_object('code', code, 'message', message, 'details', details)) $$;

CREATE FUNCTION "synclayer".malformed(field text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT "synclayer".failure('PROTOCOL', format('The request''s %s is not valid', field), jsonb_build_object('field', field))
$$;

-- Why a request cannot be understood as a whole, its mutations aside; null: it can.
CREATE FUNCTION "synclayer".head_problem(request jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(request) IS DISTINCT FROM 'object' THEN RETURN "synclayer".malformed('body'); END IF;
  IF coalesce(request ->> 'clientId', '') !~ '^[\u0021-\u007e]{1,128}$' THEN RETURN "synclayer".malformed('clientId'); END IF;
  IF NOT "synclayer".is_count(request -> 'settled') THEN RETURN "synclayer".malformed('settled'); END IF;
  IF jsonb_typeof(request -> 'epoch') IS DISTINCT FROM 'string' THEN RETURN "synclayer".malformed('epoch'); END IF;
  IF NOT "synclayer".are_projections(request -> 'fields') THEN RETURN "synclayer".malformed('fields'); END IF;
  RETURN NULL;
END $$;

-- Why its mutations cannot be understood.
CREATE FUNCTION "synclayer".mutations_problem(sent jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(sent) IS DISTINCT FROM 'array' THEN RETURN "synclayer".malformed('mutations'); END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(sent) m
    WHERE jsonb_typeof(m) <> 'object' OR jsonb_typeof(m -> 'id') IS DISTINCT FROM 'string') THEN
    RETURN "synclayer".malformed('mutations');
  END IF;
  IF jsonb_array_length(sent) > 1 AND (SELECT count(*) > count(DISTINCT m ->> 'id') FROM jsonb_array_elements(sent) m) THEN
    RETURN "synclayer".failure('PROTOCOL', 'A mutation is sent twice in one request', '{"field": "mutations"}');
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION "synclayer".is_projection(fields jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN true; END IF;
  IF jsonb_typeof(fields) <> 'object' OR (fields ? 'only') = (fields ? 'except') THEN RETURN false; END IF;
  RETURN "synclayer".are_texts(coalesce(fields -> 'only', fields -> 'except'));
END $$;

CREATE FUNCTION "synclayer".are_projections(fields jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN true; END IF;
  IF jsonb_typeof(fields) <> 'object' THEN RETURN false; END IF;
  RETURN (SELECT coalesce(bool_and("synclayer".is_projection(value)), true) FROM jsonb_each(fields));
END $$;

-- Which requests are admitted, and why nothing new of them may be applied, if so; a known mutation is answered all the same.
-- What is refused as a whole has its answer already. Begins a new epoch where a cursor shows that history was lost.
CREATE FUNCTION "synclayer".admit(INOUT f "synclayer".feed, requests jsonb, known jsonb, are_checked boolean,
  OUT admitted jsonb[], OUT held jsonb[], OUT answers jsonb[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  request jsonb;
  place "synclayer".place;
  state text;
  problem jsonb;
BEGIN
  admitted := '{}'; held := '{}'; answers := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(requests) LOOP
    problem := coalesce("synclayer".head_problem(request),
      CASE WHEN NOT are_checked THEN "synclayer".mutations_problem(request -> 'mutations') END);
    IF problem IS NULL THEN
      place := "synclayer".decode_cursor(f.scope, request ->> 'cursor');
      IF place IS NULL THEN problem := "synclayer".malformed('cursor'); END IF;
    END IF;
    state := CASE WHEN problem IS NULL THEN "synclayer".standing(f, place, known) END;
    IF state = 'lost' THEN f := "synclayer".begin_epoch(f); state := 'foreign'; END IF;
    IF state = 'good' AND request ->> 'epoch' <> f.epoch THEN state := 'foreign'; END IF;
    admitted := array_append(admitted, CASE WHEN problem IS NULL THEN request END);
    answers := array_append(answers, problem);
    held := array_append(held, CASE state
      WHEN 'foreign' THEN '{"status":"retry","code":"EPOCH_CHANGED"}'::jsonb
      WHEN 'expired' THEN '{"status":"retry","code":"CURSOR_EXPIRED"}'::jsonb
    END);
  END LOOP;
END $$;

-- Where the mutations, in the order of their units, are to be cut: before one that changes a record, or has an id, that came before
-- in the same cut. What becomes of those in one cut does not depend on their order. Answers the last place of each; are_distinct: it
-- is known that there is one.
CREATE FUNCTION "synclayer".wave_ends(staged "synclayer".mutation[], are_distinct boolean) RETURNS integer[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  ends integer[] := '{}';
  start integer := 1;
  repeated record;
BEGIN
  IF NOT are_distinct AND (
    EXISTS (SELECT FROM unnest(staged) m GROUP BY m.collection, m.record_id HAVING count(*) > 1)
    OR EXISTS (SELECT FROM unnest(staged) m GROUP BY m.client, m.n HAVING count(*) > 1))
  THEN
    FOR repeated IN
      WITH m AS MATERIALIZED (
        SELECT u.client, u.n, u.collection, u.record_id, min(u.ordinality) OVER (PARTITION BY u.unit) AS first
        FROM unnest(staged) WITH ORDINALITY u
      )
      SELECT k.first, max(k.previous) AS previous FROM (
        SELECT m.first, lag(m.first) OVER (PARTITION BY m.collection, m.record_id ORDER BY m.first) AS previous FROM m
        UNION ALL
        SELECT m.first, lag(m.first) OVER (PARTITION BY m.client, m.n ORDER BY m.first) FROM m
      ) k WHERE k.previous < k.first GROUP BY k.first ORDER BY k.first
    LOOP
      CONTINUE WHEN repeated.previous < start;
      ends := array_append(ends, (repeated.first - 1)::integer);
      start := repeated.first;
    END LOOP;
  END IF;
  RETURN CASE WHEN start > cardinality(staged) THEN ends ELSE array_append(ends, cardinality(staged)) END;
END $$;

-- Applies what the requests hold, or the columns where they are given. refusal: why nothing was done. answers: one for each request
-- that is refused as a whole, null for the others. results: an outcome for each of sent.
CREATE FUNCTION "synclayer".apply_push(scope text, requests jsonb, columns "synclayer".checked_columns, options jsonb,
  OUT refusal jsonb, OUT summary jsonb, OUT answers jsonb[], OUT sent "synclayer".mutation[], OUT results jsonb[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  most_bytes integer := coalesce((options ->> 'maxRecordBytes')::integer, 16777216);
  is_mark_due boolean := (options ->> 'mark')::boolean IS TRUE;
  admission record;
  f "synclayer".feed;
  now bigint;
  mark text;
  wave_end integer;
  wave "synclayer".mutation[];
  verdict record;
  stored record;
  request jsonb;
  has_tables boolean := EXISTS (SELECT FROM "synclayer"."table");
  taken record;
BEGIN
  IF NOT "synclayer".is_scope(to_jsonb(scope)) THEN refusal := "synclayer".malformed('scope'); RETURN; END IF;
  IF jsonb_typeof(requests) IS DISTINCT FROM 'array' THEN refusal := "synclayer".malformed('body'); RETURN; END IF;
  IF NOT "synclayer".authorize(scope) THEN
    refusal := "synclayer".failure('FORBIDDEN', 'The caller may not use the scope');
    RETURN;
  END IF;
  IF options ? 'lockTimeoutMs' THEN PERFORM set_config('lock_timeout', options ->> 'lockTimeoutMs', true); END IF;
  admission := "synclayer".admit("synclayer".take_feed(scope), requests, options -> 'known', columns IS NOT NULL);
  f := admission.f;
  now := "synclayer".now_ms();
  results := '{}';
  sent := CASE WHEN columns IS NULL THEN "synclayer".stage(admission.admitted, admission.held, now, most_bytes)
    ELSE "synclayer".stage_checked(columns, admission.admitted, admission.held, now, most_bytes) END;
  IF has_tables THEN
    taken := "synclayer".take_rows(f, mark, is_mark_due, now, sent);
    f := taken.f; mark := taken.mark; sent := taken.sent;
  END IF;
  FOREACH wave_end IN ARRAY "synclayer".wave_ends(sent, columns IS NOT NULL AND (options ->> 'areDistinct')::boolean IS TRUE) LOOP
    wave := sent[cardinality(results) + 1 : wave_end];
    verdict := "synclayer".judge(f.feed, wave, admission.admitted, most_bytes);
    IF has_tables THEN verdict := "synclayer".write_tables(f, wave, verdict.outcomes, verdict.documents); END IF;
    IF array_position(verdict.outcomes, NULL) IS NOT NULL THEN
      mark := coalesce(mark, "synclayer".write_mark(f, is_mark_due, now));
      stored := "synclayer".store(f, mark, now, wave, verdict.outcomes, verdict.documents);
      f := stored.f;
      verdict.outcomes := stored.outcomes;
    END IF;
    IF has_tables THEN verdict.outcomes := "synclayer".with_data(f.feed, wave, verdict.outcomes); END IF;
    results := results || verdict.outcomes;
  END LOOP;
  -- What a client has settled it will not send again. One at a time: a join could be planned the wrong way round.
  FOREACH request IN ARRAY admission.admitted LOOP
    DELETE FROM "synclayer".result r
    WHERE r.feed = f.feed AND r.client = request ->> 'clientId' AND r.last < (request -> 'settled')::bigint;
  END LOOP;
  answers := admission.answers;
  summary := jsonb_build_object('epoch', f.epoch, 'head', f.head::text, 'isMarked', mark IS NOT NULL, 'serverTime', now);
END $$;

-- Answers {answers: [{results} or {error}], epoch, head, isMarked, serverTime}: one answer for each request; isMarked: there
-- were writes, under a mark that is the caller's or newer.
-- options: mark: the caller has not written to the scope within an hour; known: {epoch, head} as the caller has seen
-- them; maxRecordBytes: 16 MiB when left out; lockTimeoutMs: how long to wait for other writers of the scope.
CREATE FUNCTION "synclayer".push(scope text, requests jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  done record;
BEGIN
  done := "synclayer".apply_push(scope, requests, NULL, options);
  IF done.refusal IS NOT NULL THEN RETURN done.refusal; END IF;
  RETURN done.summary || jsonb_build_object('answers', (
    SELECT coalesce(jsonb_agg(coalesce(a.answer, jsonb_build_object('results', coalesce(g.results, '[]'))) ORDER BY a.place), '[]')
    FROM unnest(done.answers) WITH ORDINALITY AS a(answer, place)
    LEFT JOIN (SELECT m.request, jsonb_agg(jsonb_build_object('id', m.id) || "synclayer".outcome_json(done.results[m.ordinality])) AS results
      FROM unnest(done.sent) WITH ORDINALITY m GROUP BY m.request) g ON g.request = a.place));
END $$;

-- The same for mutations that the caller has checked as the adapter does: only for roles that are trusted to. The requests come
-- without their mutations. Answers {answers: [null or {error}], results, ...}: outcomes in the order of the columns, those of
-- requests that were refused left out; an acceptance is its version. options: areDistinct too: no two mutations change one record,
-- and no two have one id.
CREATE FUNCTION "synclayer".push_checked(scope text, requests jsonb, columns "synclayer".checked_columns, options jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  done record;
BEGIN
  done := "synclayer".apply_push(scope, requests, columns, options);
  RETURN coalesce(done.refusal, done.summary || jsonb_build_object('answers', done.answers, 'results', done.results));
END $$;

-- The conditions of a filter that must all hold: a path, and the values of which one is there.
CREATE FUNCTION "synclayer".demands(filter jsonb) RETURNS TABLE (path text[], choices jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT ARRAY(SELECT jsonb_array_elements_text(part -> 'path')), wanted
  FROM jsonb_array_elements(CASE WHEN filter ->> 'op' = 'and' AND jsonb_typeof(filter -> 'filters') = 'array'
    THEN filter -> 'filters' ELSE jsonb_build_array(filter) END) part
  CROSS JOIN LATERAL (SELECT CASE part ->> 'op'
    WHEN '==' THEN jsonb_build_array(part -> 'value')
    WHEN 'in' THEN CASE WHEN jsonb_typeof(part -> 'value') = 'array' THEN part -> 'value' END END AS wanted) w
  WHERE jsonb_typeof(part) = 'object' AND "synclayer".are_texts(part -> 'path')
    AND jsonb_array_length(wanted) BETWEEN 1 AND 100
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(wanted) v
      WHERE NOT (jsonb_typeof(v) IN ('string', 'boolean') OR "synclayer".is_count(v)));
END $$;

-- The expression that indexes and conditions share.
CREATE FUNCTION "synclayer".field_expression(path text[]) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT format('(document #> %L::text[])', path) $$;

-- What a row of one collection must fulfil, true where nothing narrows it; and whether a declared index finds it.
CREATE FUNCTION "synclayer".narrow(of_collection text, filter jsonb, OUT condition text, OUT is_indexed boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- One value by =, so that an index gives its rows in the order of their positions.
  SELECT string_agg(CASE jsonb_array_length(d.choices)
      WHEN 1 THEN format('%s = %L::jsonb', "synclayer".field_expression(d.path), d.choices -> 0)
      ELSE format('%s = ANY (%L::jsonb[])', "synclayer".field_expression(d.path), ARRAY(SELECT jsonb_array_elements(d.choices)))
    END, ' AND ')
  INTO condition FROM "synclayer".demands(filter) d;
  is_indexed := condition IS NOT NULL AND EXISTS (
    SELECT FROM "synclayer".filter_index i WHERE i.collection = of_collection AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(i.paths) p
      WHERE NOT EXISTS (SELECT FROM "synclayer".demands(filter) d
        WHERE to_jsonb(d.path) = p AND jsonb_array_length(d.choices) = 1)));
  condition := coalesce(condition, 'true');
END $$;

-- A query for position and size of the rows that a snapshot needs, in which a filter narrows something. Null where none does.
CREATE FUNCTION "synclayer".narrowed_rows(collections jsonb, of_feed integer, start bigint, cap bigint, with_deleted boolean)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  place text := format('feed = %s AND position > %s AND position <= %s', of_feed, start, cap);
  branches text;
  conditions text;
  are_indexed boolean;
  are_narrowed boolean;
BEGIN
  SELECT string_agg(format('SELECT position, size FROM "synclayer".record WHERE collection = %L AND NOT deleted AND %s AND %s',
      name, place, condition), ' UNION ALL '),
    string_agg(format('collection = %L AND (deleted OR %s)', name, condition), ' OR '),
    bool_and(is_indexed), bool_or(condition <> 'true')
  INTO branches, conditions, are_indexed, are_narrowed
  FROM (SELECT DISTINCT ON (c ->> 'name') c ->> 'name' AS name, c -> 'filter' AS filter
    FROM jsonb_array_elements(collections) c) asked
  CROSS JOIN LATERAL "synclayer".narrow(asked.name, asked.filter);
  IF are_narrowed IS NOT TRUE THEN RETURN NULL; END IF;
  IF are_indexed AND NOT with_deleted THEN RETURN format('SELECT position, size FROM (%s) found', branches); END IF;
  RETURN format('SELECT position, size FROM (SELECT * FROM "synclayer".record WHERE %s ORDER BY position LIMIT 20000) found
    WHERE (%L OR NOT deleted) AND (%s)', place, with_deleted, conditions);
END $$;

-- Declares an index for filters on these fields together. Building it holds up writers of a large table: see the README.
CREATE FUNCTION "synclayer".declare_index(of_collection text, of_paths jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  index_name text := format('record_%s_%s', left(of_collection, 40), left(md5(of_collection || of_paths::text), 12));
BEGIN
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON "synclayer".record (feed, %s, position) WHERE collection = %L AND NOT deleted',
    index_name,
    (SELECT string_agg("synclayer".field_expression(ARRAY(SELECT jsonb_array_elements_text(p))), ', ' ORDER BY place)
      FROM jsonb_array_elements(of_paths) WITH ORDINALITY i(p, place)),
    of_collection);
  INSERT INTO "synclayer".filter_index VALUES (of_collection, of_paths, index_name) ON CONFLICT DO NOTHING;
END $$;

-- Why a pull cannot be understood; null: it can.
CREATE FUNCTION "synclayer".pull_problem(request jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(request) IS DISTINCT FROM 'object' THEN RETURN "synclayer".malformed('body'); END IF;
  IF NOT "synclayer".is_scope(request -> 'scope') THEN RETURN "synclayer".malformed('scope'); END IF;
  IF NOT "synclayer".is_count(request -> 'limit') THEN RETURN "synclayer".malformed('limit'); END IF;
  IF jsonb_typeof(request -> 'collections') IS DISTINCT FROM 'array' OR EXISTS (
    SELECT FROM jsonb_array_elements(request -> 'collections') c
    WHERE jsonb_typeof(c) <> 'object' OR jsonb_typeof(c -> 'name') IS DISTINCT FROM 'string') THEN
    RETURN "synclayer".malformed('collections');
  END IF;
  IF request ->> 'cursor' IS NOT NULL AND "synclayer".decode_cursor(request ->> 'scope', request ->> 'cursor') IS NULL THEN
    RETURN "synclayer".malformed('cursor');
  END IF;
  RETURN NULL;
END $$;

-- The last row of an answer.
CREATE FUNCTION "synclayer".ending(value jsonb) RETURNS "synclayer".row LANGUAGE sql STABLE AS
$$ SELECT ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, value::text, NULL)::"synclayer".row $$;

-- The rows from a cursor on, then the ending: {cursor, epoch, head, floor, isSnapshot, hasMore, remaining, serverTime}, or
-- {error}. options: known: {epoch, head} as the caller has seen them; snapshotRows: in a snapshot so many rows in place of
-- the limit, each with the cursor that goes on after it, for who may end the page anywhere.
CREATE FUNCTION "synclayer".pull(request jsonb, options jsonb DEFAULT '{}') RETURNS SETOF "synclayer".row
LANGUAGE plpgsql VOLATILE ROWS 500 SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  scope text := request ->> 'scope';
  problem jsonb := "synclayer".pull_problem(request);
  state text;
  f "synclayer".feed;
  unread text[] := '{}';
BEGIN
  IF problem IS NULL AND NOT "synclayer".authorize(scope) THEN
    problem := "synclayer".failure('FORBIDDEN', 'The caller may not use the scope');
  END IF;
  IF problem IS NOT NULL THEN
    RETURN NEXT "synclayer".ending(problem);
    RETURN;
  END IF;
  IF NOT pg_is_in_recovery() THEN
    unread := "synclayer".sequence_inbox(scope);
    SELECT * INTO f FROM "synclayer".feed u WHERE u.scope = request ->> 'scope';
    state := CASE WHEN FOUND THEN "synclayer".standing(f, "synclayer".decode_cursor(scope, request ->> 'cursor'), options -> 'known') ELSE 'new' END;
    IF state IN ('new', 'lost') THEN
      -- Under its lock it may turn out that another transaction was quicker.
      f := "synclayer".take_feed(scope);
      IF "synclayer".standing(f, "synclayer".decode_cursor(scope, request ->> 'cursor'), options -> 'known') = 'lost' THEN
        PERFORM "synclayer".begin_epoch(f);
      END IF;
    END IF;
  END IF;
  RETURN QUERY SELECT * FROM "synclayer".page(request, options, unread);
END $$;

-- A standby may lack what others have seen. Where a cursor tells how much that is, it answers what it has; without one, it
-- could take back what this client was told was accepted.
CREATE FUNCTION "synclayer".standby_refusal() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT "synclayer".failure('BACKEND_FAILED', 'This server is a standby and may lack what others have seen. Ask the primary')
$$;

-- Where a walk is that has come to a position: at the end of a snapshot the feed begins.
CREATE FUNCTION "synclayer".place_at(f "synclayer".feed, place "synclayer".place, at bigint, rows bigint) RETURNS "synclayer".place
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF place.walk_to IS NULL THEN RETURN ROW(place.epoch, at, "synclayer".mark_of(f.feed, at), NULL, NULL)::"synclayer".place; END IF;
  IF at >= place.position THEN RETURN ROW(place.epoch, place.position, place.mark, NULL, NULL)::"synclayer".place; END IF;
  RETURN ROW(place.epoch, place.position, place.mark, at, place.walk_rows + rows)::"synclayer".place;
END $$;

-- unread: collections whose notes cannot be taken now; others that are left are a reason to ask for more.
CREATE FUNCTION "synclayer".page(request jsonb, options jsonb, unread text[]) RETURNS SETOF "synclayer".row LANGUAGE plpgsql STABLE ROWS 500 AS $$
DECLARE
  scope text := request ->> 'scope';
  place "synclayer".place := "synclayer".decode_cursor(scope, request ->> 'cursor');
  most bigint := least((request ->> 'limit')::bigint, 10000);
  f "synclayer".feed;
  state text;
  with_deleted boolean;
  with_cursors boolean;
  start bigint;
  cap bigint;
  source text;
  positions bigint[];
  sizes integer[];
  kept bigint := 0;
  reached bigint;
BEGIN
  SELECT * INTO f FROM "synclayer".feed u WHERE u.scope = request ->> 'scope';
  state := CASE WHEN FOUND THEN "synclayer".standing(f, place, options -> 'known') ELSE 'foreign' END;
  IF pg_is_in_recovery() AND (place IS NULL OR state = 'ahead' AND place.walk_to IS NOT NULL) THEN
    RETURN NEXT "synclayer".ending("synclayer".standby_refusal());
    RETURN;
  END IF;
  IF state <> 'good' THEN
    RETURN NEXT "synclayer".ending(CASE state
      WHEN 'expired' THEN "synclayer".failure('CURSOR_EXPIRED', 'The cursor is older than what is kept')
      WHEN 'ahead' THEN jsonb_build_object('cursor', request ->> 'cursor', 'epoch', place.epoch, 'head', f.head::text,
        'isSnapshot', false, 'hasMore', false, 'remaining', 0, 'serverTime', "synclayer".now_ms())
      ELSE "synclayer".failure('EPOCH_CHANGED', 'The feed''s history is not the cursor''s: the backend was restored or replaced')
    END);
    RETURN;
  END IF;
  IF place IS NULL THEN
    place := ROW(f.epoch, f.head, "synclayer".mark_of(f.feed, f.head), NULL, NULL)::"synclayer".place;
    IF most > 0 AND f.head > 0 THEN place.walk_to := 0; place.walk_rows := 0; END IF;
  END IF;
  with_cursors := place.walk_to IS NOT NULL AND options ? 'snapshotRows';
  IF with_cursors AND most > 0 THEN most := least((options ->> 'snapshotRows')::bigint, 10000); END IF;
  start := coalesce(place.walk_to, place.position);
  cap := CASE WHEN place.walk_to IS NULL THEN f.head ELSE place.position END;
  reached := start;
  IF most > 0 AND start < cap THEN
    -- After a restore the deletes of before are told too, since clients then keep what they do not see.
    with_deleted := place.walk_to IS NULL OR f.epoch_start > 0;
    source := CASE WHEN place.walk_to IS NOT NULL AND jsonb_path_exists(request, '$.collections[*].filter')
      THEN "synclayer".narrowed_rows(request -> 'collections', f.feed, start, cap, with_deleted) END;
    IF source IS NULL THEN
      SELECT array_agg(c.position), array_agg(c.size) INTO positions, sizes FROM (
        SELECT w.position, w.size FROM (
          SELECT r.* FROM "synclayer".record r WHERE r.feed = f.feed AND r.position > start AND r.position <= cap
          ORDER BY r.position LIMIT 20000
        ) w
        WHERE w.collection = ANY (ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(request -> 'collections') n))
          AND (with_deleted OR NOT w.deleted)
        ORDER BY w.position LIMIT most + 1
      ) c;
    ELSE
      EXECUTE format('SELECT array_agg(position), array_agg(size) FROM (%s ORDER BY position LIMIT %s) c', source, most + 1)
      INTO positions, sizes;
    END IF;
    SELECT count(*) INTO kept FROM (
      SELECT nth, sum(size) OVER (ORDER BY nth) - size AS before FROM unnest(sizes) WITH ORDINALITY AS z(size, nth)
    ) z WHERE nth <= most AND before < 8388608;
    IF kept < cardinality(positions) THEN
      reached := positions[kept];
    ELSE
      -- Fewer were found than there is room for: how far was looked?
      SELECT coalesce(max(w.position) FILTER (WHERE w.nth = 20000), cap) INTO reached FROM (
        SELECT r.position, row_number() OVER (ORDER BY r.position) AS nth FROM "synclayer".record r
        WHERE r.feed = f.feed AND r.position > start AND r.position <= cap ORDER BY r.position LIMIT 20000
      ) w;
    END IF;
    RETURN QUERY
    SELECT r.collection::text, r.id::text, r.version::text, r.deleted, r.time::text, r.schema, r.mutation::text, r.document::text,
      CASE WHEN with_cursors THEN "synclayer".encode_cursor(scope, "synclayer".place_at(f, place, r.position, p.nth)) END
    FROM unnest(positions[1:kept]) WITH ORDINALITY AS p(position, nth)
    CROSS JOIN LATERAL (SELECT x.* FROM "synclayer".record x WHERE x.feed = f.feed AND x.position = p.position OFFSET 0) r
    ORDER BY p.nth;
  END IF;
  RETURN NEXT "synclayer".ending("synclayer".describe_page(scope, f, place, "synclayer".place_at(f, place, reached, kept), most > 0,
    "synclayer".is_waiting(scope, unread)));
END $$;

-- remaining: each position holds at most one change, and there are no more changes than rows that were not walked over.
CREATE FUNCTION "synclayer".describe_page(scope text, f "synclayer".feed, place "synclayer".place, next "synclayer".place, is_read boolean,
  is_waiting boolean) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_behind boolean := is_read AND (next.walk_to IS NOT NULL OR next.position < f.head OR is_waiting);
BEGIN
  RETURN jsonb_build_object('cursor', "synclayer".encode_cursor(scope, next), 'epoch', f.epoch, 'head', f.head::text,
    'isSnapshot', place.walk_to IS NOT NULL, 'hasMore', is_behind,
    'remaining', CASE WHEN is_behind THEN greatest(1, least(
      f.head - coalesce(next.walk_to, next.position), f.records - coalesce(next.walk_rows, 0))) ELSE 0 END,
    'serverTime', "synclayer".now_ms());
END $$;

-- Records by id, tombstones too; what is not stored is left out. Ends as a pull does, with {serverTime} or {error}.
CREATE FUNCTION "synclayer".fetch(request jsonb) RETURNS SETOF "synclayer".row LANGUAGE plpgsql VOLATILE ROWS 100 SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  problem jsonb := CASE
    WHEN jsonb_typeof(request) IS DISTINCT FROM 'object' THEN "synclayer".malformed('body')
    WHEN NOT "synclayer".is_scope(request -> 'scope') THEN "synclayer".malformed('scope')
    WHEN jsonb_typeof(request -> 'collection') IS DISTINCT FROM 'string' THEN "synclayer".malformed('collection')
    WHEN NOT "synclayer".are_texts(request -> 'ids') THEN "synclayer".malformed('ids')
    WHEN NOT "synclayer".is_projection(request -> 'fields') THEN "synclayer".malformed('fields')
    WHEN NOT "synclayer".authorize(request ->> 'scope') THEN "synclayer".failure('FORBIDDEN', 'The caller may not use the scope')
    WHEN pg_is_in_recovery() THEN "synclayer".standby_refusal()
  END;
BEGIN
  IF problem IS NULL THEN
    PERFORM "synclayer".sequence_inbox(request ->> 'scope');
    RETURN QUERY
    SELECT r.collection::text, r.id::text, r.version::text, r.deleted, r.time::text, r.schema, r.mutation::text,
      "synclayer".project(r.document, request -> 'fields')::text, NULL::text
    FROM "synclayer".feed f
    CROSS JOIN LATERAL jsonb_array_elements_text(request -> 'ids') WITH ORDINALITY AS i(id, nth)
    CROSS JOIN LATERAL (SELECT x.* FROM "synclayer".record x
      WHERE x.feed = f.feed AND x.collection = request ->> 'collection' AND x.id = i.id OFFSET 0) r
    WHERE f.scope = request ->> 'scope' ORDER BY i.nth;
  END IF;
  RETURN NEXT "synclayer".ending(coalesce(problem, jsonb_build_object('serverTime', "synclayer".now_ms())));
END $$;

-- Forgets tombstones from before a time, in milliseconds, and results from before twice as long ago: a part of them.
-- Answers {tombstones, results, hasMore}. The floor rises with the removal, under the feed's lock: no cursor that still
-- needs what goes is served (A4).
CREATE FUNCTION "synclayer".purge(scope text, before double precision) RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  before_ms bigint := greatest(least(floor(before), 9e15), -9e15);
  -- Results are kept twice as long as tombstones (A3).
  results_before bigint := 2 * before_ms - "synclayer".now_ms();
  f "synclayer".feed;
  old bigint[];
  forgotten bigint;
BEGIN
  SELECT * INTO f FROM "synclayer".feed u WHERE u.scope = purge.scope FOR UPDATE;
  IF NOT FOUND THEN RETURN '{"tombstones": 0, "results": 0, "hasMore": false}'; END IF;
  old := ARRAY(SELECT r.position FROM "synclayer".record r WHERE r.feed = f.feed AND r.deleted AND r.stored_at < before_ms
    ORDER BY r.stored_at LIMIT 1000);
  IF cardinality(old) > 0 THEN
    UPDATE "synclayer".feed u SET floor = greatest(u.floor, (SELECT max(o) FROM unnest(old) o)), records = u.records - cardinality(old)
    WHERE u.feed = f.feed RETURNING u.* INTO f;
    DELETE FROM "synclayer".record r WHERE r.feed = f.feed AND r.position = ANY (old);
  END IF;
  -- Of the marks at or below the floor, cursors still ask for the one the floor itself was written under.
  DELETE FROM "synclayer".mark m WHERE m.feed = f.feed AND m.position < (
    SELECT max(k.position) FROM "synclayer".mark k WHERE k.feed = f.feed AND k.position < f.floor);
  DELETE FROM "synclayer".result r WHERE r.ctid = ANY (ARRAY(
    SELECT o.ctid FROM "synclayer".result o
    WHERE o.feed = f.feed AND o.stored_at < results_before LIMIT 1000));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN jsonb_build_object('tombstones', cardinality(old), 'results', forgotten,
    'hasMore', greatest(cardinality(old), forgotten) = 1000);
END $$;

-- Scopes that were written to, in the order of their feeds, from after one on.
CREATE FUNCTION "synclayer".scopes(after integer, most integer) RETURNS TABLE (feed integer, scope text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  RETURN QUERY SELECT f.feed, f.scope::text FROM "synclayer".feed f WHERE f.feed > after AND f.head > 0 ORDER BY f.feed LIMIT most;
END $$;

-- Where the feeds of scopes are, and whether there are tables that others may write to without a word. What they changed gets
-- its position first, so that it shows.
CREATE FUNCTION "synclayer".heads(of_scopes text[]) RETURNS TABLE (scope text, epoch text, head bigint, has_tables boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  IF NOT pg_is_in_recovery() THEN
    -- In one order, so that two who look do not wait for each other.
    PERFORM "synclayer".sequence_inbox(a.scope) FROM (
      SELECT DISTINCT o.scope COLLATE "C" AS scope FROM unnest(of_scopes) AS o(scope)
      WHERE EXISTS (SELECT FROM "synclayer".inbox i WHERE i.scope = o.scope) ORDER BY 1) a;
  END IF;
  RETURN QUERY SELECT f.scope::text, f.epoch::text, f.head, EXISTS (SELECT FROM "synclayer"."table")
  FROM unnest(of_scopes) AS a(scope)
  CROSS JOIN LATERAL (SELECT u.* FROM "synclayer".feed u WHERE u.scope = a.scope OFFSET 0) f;
END $$;

SELECT "synclayer".make_seal_key();

INSERT INTO "synclayer".meta VALUES ('layout', '1');

CREATE FUNCTION "synclayer".layout() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  RETURN (SELECT value::integer FROM "synclayer".meta WHERE name = 'layout');
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "synclayer" FROM PUBLIC;
