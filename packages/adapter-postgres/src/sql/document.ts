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
CREATE FUNCTION ${s}.pointer_path(pointer text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN pointer NOT LIKE '/%' OR pointer ~ '~(?![01])' THEN NULL
    WHEN pointer = '/' THEN ARRAY['']
    ELSE (SELECT array_agg(replace(replace(key, '~1', '/'), '~0', '~') ORDER BY place)
      FROM unnest(string_to_array(substr(pointer, 2), '/')) WITH ORDINALITY k(key, place))
  END
$$;

-- What keeps a value from being a patch; null: nothing does.
CREATE FUNCTION ${s}.patch_problem(patch jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  step record;
  problem text;
BEGIN
  IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN RETURN 'patch must be an object'; END IF;
  IF patch ? 'set' AND jsonb_typeof(patch -> 'set') <> 'object' THEN RETURN 'patch.set must be an object'; END IF;
  IF patch ? 'unset' AND jsonb_typeof(patch -> 'unset') <> 'array' THEN RETURN 'patch.unset must be an array'; END IF;
  FOR step IN
    SELECT pointer, value, ${s}.pointer_path(pointer) AS path,
      -- A pointer that others reach into comes right before them.
      starts_with(pointer || '/', lag(pointer || '/') OVER (ORDER BY (pointer || '/') COLLATE "C")) AS reaches
    FROM (
      SELECT key AS pointer, value FROM jsonb_each(CASE WHEN patch ? 'set' THEN patch -> 'set' ELSE '{}' END)
      UNION ALL
      SELECT CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' ELSE '' END, NULL
      FROM jsonb_array_elements(CASE WHEN patch ? 'unset' THEN patch -> 'unset' ELSE '[]' END)
    ) steps
  LOOP
    problem := CASE
      WHEN step.path IS NULL THEN 'is no pointer to a field'
      WHEN step.path = ARRAY['id'] THEN 'would change the id, which is fixed'
      WHEN step.reaches THEN 'is named twice, or reaches into a value the patch sets or removes as a whole'
      WHEN '__proto__' = ANY (step.path) THEN 'must not hold the key __proto__'
      WHEN cardinality(step.path) > 100 THEN 'must not have more than 100 levels'
      ELSE ${s}.json_problem(step.value, step.value::text, 100 - cardinality(step.path))
    END;
    IF problem IS NOT NULL THEN RETURN format('the pointer %s of the patch %s', to_jsonb(step.pointer), problem); END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The document with a sound patch applied, or what keeps it from being applied. Every object on the way has to be there.
CREATE FUNCTION ${s}.apply_patch(document jsonb, patch jsonb, OUT patched jsonb, OUT problem text)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  step record;
  depth integer;
BEGIN
  patched := document;
  FOR step IN
    SELECT pointer, value, ${s}.pointer_path(pointer) AS path FROM (
      SELECT key AS pointer, value FROM jsonb_each(CASE WHEN patch ? 'set' THEN patch -> 'set' ELSE '{}' END)
      UNION ALL
      SELECT value, NULL FROM jsonb_array_elements_text(CASE WHEN patch ? 'unset' THEN patch -> 'unset' ELSE '[]' END)
    ) steps
  LOOP
    FOR depth IN 1 .. cardinality(step.path) - 1 LOOP
      IF jsonb_typeof(patched #> step.path[1:depth]) IS DISTINCT FROM 'object' THEN
        problem := format('the pointer %s of the patch leads through what is no object', to_jsonb(step.pointer));
        RETURN;
      END IF;
    END LOOP;
    patched := CASE WHEN step.value IS NULL THEN patched #- step.path ELSE jsonb_set(patched, step.path, step.value) END;
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
