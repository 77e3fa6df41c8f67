/** Patches and projections (A5): null, absent and removed are three different things; arrays are values. */
export const documentSql = (s: string): string => String.raw`
-- The refusal of a document that is too large; null: it is not. Bytes are those of its JSON text as JSON.stringify writes
-- it, without the spaces that PostgreSQL adds; they are only counted where they decide.
CREATE FUNCTION ${s}.size_refusal(document jsonb, text text, most integer) RETURNS jsonb LANGUAGE plpgsql STABLE STRICT AS $$
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
CREATE FUNCTION ${s}.pointer_path(pointer text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF NOT starts_with(pointer, '/') THEN RETURN NULL; END IF;
  IF pointer = '/' THEN RETURN ARRAY['']; END IF;
  IF position('~' IN pointer) = 0 THEN RETURN string_to_array(substr(pointer, 2), '/'); END IF;
  IF pointer ~ '~(?![01])' THEN RETURN NULL; END IF;
  RETURN ARRAY(SELECT replace(replace(key, '~1', '/'), '~0', '~')
    FROM unnest(string_to_array(substr(pointer, 2), '/')) WITH ORDINALITY k(key, place) ORDER BY place);
END $$;

-- The pointers of a patch, those it sets first.
CREATE FUNCTION ${s}.patch_pointers(patch jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  pointers text[] := '{}';
BEGIN
  IF patch ? 'set' THEN pointers := ARRAY(SELECT jsonb_object_keys(patch -> 'set')); END IF;
  IF patch ? 'unset' THEN pointers := pointers || ARRAY(SELECT jsonb_array_elements_text(patch -> 'unset')); END IF;
  RETURN pointers;
END $$;

-- What keeps a value from being a patch; null: nothing does.
CREATE FUNCTION ${s}.patch_problem(patch jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
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
  IF patch ? 'unset' AND NOT ${s}.are_texts(patch -> 'unset') THEN RETURN 'patch.unset must be an array of pointers'; END IF;
  pointers := ${s}.patch_pointers(patch);
  FOREACH pointer IN ARRAY pointers LOOP
    path := ${s}.pointer_path(pointer);
    value := patch -> 'set' -> pointer;
    body := value::text;
    problem := CASE
      WHEN path IS NULL THEN 'is no pointer to a field'
      WHEN path = ARRAY['id'] THEN 'would change the id, which is fixed'
      WHEN '__proto__' = ANY (path) THEN 'must not hold the key __proto__'
      WHEN cardinality(path) > 100 THEN 'must not have more than 100 levels'
      WHEN value IS NOT NULL THEN ${s}.json_problem(value, body, 100 - cardinality(path))
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
CREATE FUNCTION ${s}.apply_patch(document jsonb, patch jsonb, OUT patched jsonb, OUT problem text)
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  pointer text;
  path text[];
  value jsonb;
BEGIN
  patched := document;
  FOREACH pointer IN ARRAY ${s}.patch_pointers(patch) LOOP
    path := ${s}.pointer_path(pointer);
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
CREATE FUNCTION ${s}.project(document jsonb, fields jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN document; END IF;
  IF fields ? 'except' THEN
    RETURN document - ARRAY(SELECT f FROM jsonb_array_elements_text(fields -> 'except') f WHERE f <> 'id');
  END IF;
  RETURN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(document) WHERE key = 'id' OR (fields -> 'only') ? key);
END $$;

-- A record in the words of the contract.
CREATE FUNCTION ${s}.record_json(r ${s}.record, fields jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('collection', r.collection, 'id', r.id, 'version', r.version, 'deleted', r.deleted,
      'time', r.time, 'schema', r.schema)
    || CASE WHEN r.mutation IS NULL THEN '{}' ELSE jsonb_build_object('mutation', r.mutation) END
    || CASE WHEN r.deleted THEN '{}' ELSE jsonb_build_object('data', ${s}.project(r.document, fields)) END
$$;
`
