/**
 * What a mutation may be. Clients of Supabase call these functions themselves, so everything is checked here that an
 * adapter checks before: names, times, documents, patches. A text answers what is wrong; null: nothing is.
 */
export const checkSql = (s: string): string => String.raw`
-- Ids of records and names of groups: 1 to 128 UTF-16 code units without control characters.
CREATE FUNCTION ${s}.is_id(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN value = '' THEN false
    WHEN octet_length(value) <= 128 AND value !~ '[^\u0020-\u007e]' THEN true
    WHEN value ~ '[\u0001-\u001f\u007f-\u009f]' THEN false
    ELSE char_length(value) + char_length(regexp_replace(value, '[^\U00010000-\U0010ffff]', '', 'g')) <= 128
  END
$$;

-- A hybrid time: 12 hex digits, -, 4, -, 16, in lower case.
CREATE FUNCTION ${s}.is_time(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT value LIKE '____________-____-________________' AND translate(value, '0123456789abcdef', '') = '--' $$;

CREATE FUNCTION ${s}.is_scope(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^[\u0020-\u007e]{1,128}$', false) $$;

CREATE FUNCTION ${s}.is_count(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(CASE WHEN jsonb_typeof(value) = 'number' THEN
    (value #>> '{}')::numeric BETWEEN 0 AND 9007199254740991 AND (value #>> '{}')::numeric % 1 = 0 END, false)
$$;

-- CASE, since the order of AND is not PostgreSQL's promise.
CREATE FUNCTION ${s}.are_texts(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN NOT jsonb_path_exists(value, 'strict $[*] ? (@.type() != "string")')
    ELSE false END
$$;

-- Whether there are lists or objects below so many levels.
CREATE FUNCTION ${s}.is_deeper(value jsonb, levels integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN jsonb_path_exists(value,
    format('strict $.**{%s to last} ? (@.type() == "object" || @.type() == "array")', levels)::jsonpath);
END $$;

-- What keeps a value from being stored, with the levels it may have. text: the value as text. So many levels need as many
-- brackets, and a number that is not finite 309 digits: most values need no walk.
CREATE FUNCTION ${s}.json_problem(value jsonb, text text, levels integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN position('"__proto__"' IN text) > 0 AND jsonb_path_exists(value, '$.**."__proto__"')
      THEN 'must not hold the key __proto__'
    WHEN octet_length(text) < 2 * levels THEN NULL
    WHEN octet_length(text) - octet_length(replace(replace(text, '[', ''), '{', '')) > levels AND ${s}.is_deeper(value, levels)
      THEN 'must not have more than 100 levels'
    WHEN octet_length(text) > 308 AND text ~ '[0-9]{255}' AND jsonb_path_exists(value,
      'strict $.** ? (@.type() == "number" && (@ > 1.7976931348623157e308 || @ < -1.7976931348623157e308))')
      THEN 'must not hold numbers that are not finite'
  END
$$;
`
