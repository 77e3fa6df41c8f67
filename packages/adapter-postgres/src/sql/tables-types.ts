/**
 * Between columns and JSON. Nothing is lost either way: what JSON has no exact form for is a string.
 *
 *   kind       of                          in JSON
 *   boolean    boolean                     true, false
 *   integer    smallint, integer           number
 *   bigint     bigint                      number; from 2^53 on a string of digits
 *   float      real, double precision      number; NaN, Infinity and -Infinity as strings
 *   decimal    numeric, money              string, digit for digit
 *   json       json, jsonb                 as it is; null is NULL
 *   bytes      bytea                       base64
 *   instant    timestamp with time zone    ISO 8601 in UTC, to the microsecond: 2026-01-31T12:00:00.5Z
 *   date       date, timestamp             ISO 8601 without a zone
 *   array      arrays                      an array; of several dimensions: PostgreSQL's text
 *   text       all else                    PostgreSQL's text; intervals as ISO 8601
 */
export const tableTypesSql = (s: string): string => String.raw`
CREATE FUNCTION ${s}.base_type(type oid) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
  base oid := type;
BEGIN
  LOOP
    SELECT typbasetype INTO base FROM pg_type WHERE oid = type AND typtype = 'd';
    IF NOT FOUND THEN RETURN type; END IF;
    type := base;
  END LOOP;
END $$;

CREATE FUNCTION ${s}.column_kind(type oid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE ${s}.base_type(type)::regtype::text
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
    ELSE CASE WHEN EXISTS (SELECT FROM pg_type t WHERE t.oid = ${s}.base_type(type) AND t.typlen = -1 AND t.typelem <> 0)
      THEN 'array' ELSE 'text' END
  END
$$;

-- JSON text as jsonb. Where that cannot hold it, as it cannot hold U+0000, the text.
CREATE FUNCTION ${s}.json_of(text text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN text::jsonb;
EXCEPTION WHEN data_exception THEN
  RETURN to_jsonb(text);
END $$;

-- The expression that makes JSON of a column. column: {type, kind, element, elementType}; value: an expression of its type.
CREATE FUNCTION ${s}.to_json_sql(of_column jsonb, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE of_column ->> 'kind'
    WHEN 'bigint' THEN format('CASE WHEN %1$s BETWEEN -9007199254740991 AND 9007199254740991 THEN pg_catalog.to_jsonb(%1$s)
      ELSE pg_catalog.to_jsonb(%1$s::text) END', value)
    WHEN 'decimal' THEN format('pg_catalog.to_jsonb(%s::numeric::text)', value)
    WHEN 'json' THEN format('${s}.json_of(%s::text)', value)
    WHEN 'bytes' THEN format('pg_catalog.to_jsonb(pg_catalog.translate(pg_catalog.encode(%s, ''base64''), E''\n'', ''''))', value)
    WHEN 'instant' THEN format('pg_catalog.to_jsonb(pg_catalog.replace(pg_catalog.to_jsonb(%s) #>> ''{}'', ''+00:00'', ''Z''))', value)
    WHEN 'text' THEN format('pg_catalog.to_jsonb(%s::text)', value)
    WHEN 'array' THEN format('CASE
      WHEN pg_catalog.array_ndims(%1$s) > 1 OR pg_catalog.array_lower(%1$s, 1) <> 1 THEN pg_catalog.to_jsonb(%1$s::text)
      WHEN %1$s IS NOT NULL THEN (SELECT coalesce(pg_catalog.jsonb_agg(%2$s ORDER BY u.place), ''[]'')
        FROM pg_catalog.unnest(%1$s) WITH ORDINALITY AS u(e, place)) END', value,
      ${s}.to_json_sql(jsonb_build_object('kind', of_column -> 'element'), 'u.e'))
    ELSE format('pg_catalog.to_jsonb(%s)', value)
  END;
END $$;

-- The expression that makes a column's value of JSON. value: an expression of type jsonb, whose null is NULL.
CREATE FUNCTION ${s}.from_json_sql(of_column jsonb, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
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
      ${s}.from_json_sql(jsonb_build_object('kind', of_column -> 'element', 'type', of_column -> 'elementType'), 'u.e'),
      as_text, type)
    WHEN 'decimal' THEN format('%s::numeric::%s', as_text, type)
    ELSE format('%s::%s', as_text, type)
  END;
END $$;

-- What a column holds, for messages.
CREATE FUNCTION ${s}.kind_holds(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
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
CREATE FUNCTION ${s}.is_held(of_column jsonb, value jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
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
      WHEN 'array' THEN (SELECT coalesce(bool_and(e = 'null' OR ${s}.is_held(jsonb_build_object('kind', of_column -> 'element'), e)), true)
        FROM jsonb_array_elements(value) e)
      ELSE false END
    ELSE type = 'string'
  END;
END $$;
`
