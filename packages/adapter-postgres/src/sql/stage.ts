/**
 * Staging: the mutations of all requests of a push as rows, in the order of their units (a group, or a single mutation),
 * with the outcome of those that can never be applied. `stage` takes what anybody may have sent; `stage_checked` what the
 * adapter has checked, in lines, which are read in a quarter of the time.
 */

/** The columns of checked mutations, as the type has them. */
const LINES = [
  'request',
  'unit',
  'n',
  'collection',
  'record_id',
  'kind',
  'base',
  '"time"',
  'schema',
  'content',
]

/** Not ahead of the server's clock by more than 60 seconds (T4). */
const CLAMPED_TIME = `CASE WHEN left("time", 12) COLLATE "C" > latest THEN latest || substr("time", 13) ELSE "time" END`

export const stageSql = (s: string): string => String.raw`
CREATE FUNCTION ${s}.rejected(code text, reason text) RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT jsonb_build_object('status', 'rejected', 'code', code, 'reason', reason) $$;

-- The n of clientId.n; null where the id is none of the client's.
CREATE FUNCTION ${s}.mutation_number(id text, client text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN starts_with(id, client || '.') AND substr(id, length(client) + 2) ~ '^(0|[1-9][0-9]{0,15})$'
    AND substr(id, length(client) + 2)::numeric <= 9007199254740991 THEN substr(id, length(client) + 2)::bigint END
$$;

-- requests: those that were admitted, null for the others. held: why nothing new of a request may be applied, if so.
CREATE FUNCTION ${s}.stage(requests jsonb[], held jsonb[], now bigint, most_bytes integer)
RETURNS ${s}.mutation[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  latest text := ${s}.format_number(now + 60000);
  staged ${s}.mutation[];
BEGIN
  -- OFFSET 0: what an inner query computes is computed once.
  staged := ARRAY(SELECT ROW(
      request, place, group_name, id, client, n, collection, record_id, kind, base #>> '{}', "time", ${CLAMPED_TIME},
      CASE WHEN problem IS NULL THEN schema::bigint END, data, octet_length(body), patch,
      CASE
        WHEN problem IS NOT NULL THEN ${s}.rejected('INVALID_MUTATION', problem)
        WHEN octet_length(body) > most_bytes THEN coalesce(${s}.size_refusal(data, body, most_bytes), held[request])
        ELSE held[request]
      END)::${s}.mutation
    FROM (SELECT *, CASE
        WHEN n IS NULL THEN 'the id is not one of the client'
        WHEN collection IS NULL OR collection !~ '^[A-Za-z][A-Za-z0-9_]*$' OR length(collection) > 63 THEN
          'collection must begin with a letter and have 1 to 63 letters, digits and underscores'
        WHEN jsonb_typeof("recordId") IS DISTINCT FROM 'string' OR NOT ${s}.is_id(record_id) THEN
          'recordId must have 1 to 128 characters, none of them a control character'
        WHEN base IS NOT NULL AND (jsonb_typeof(base) <> 'string' OR base = '""') THEN 'base must be a version, or null'
        WHEN "time" IS NULL OR NOT ${s}.is_time("time") THEN
          'time must be a hybrid time: 12 hex digits, -, 4, -, 16, in lower case'
        WHEN "group" IS NOT NULL AND (jsonb_typeof("group") <> 'string' OR NOT ${s}.is_id(group_name)) THEN
          'group must have 1 to 128 characters'
        WHEN NOT ${s}.is_count(schema) THEN 'schema must be a whole number, 0 or more'
        WHEN kind = 'put' THEN CASE
          WHEN patch IS NOT NULL THEN 'patch must be left out of a put'
          WHEN jsonb_typeof(data) IS DISTINCT FROM 'object' THEN 'data must be an object'
          WHEN data -> 'id' IS DISTINCT FROM "recordId" THEN 'data.id must be the id of the record'
          ELSE 'data ' || ${s}.json_problem(data, body, 100)
        END
        WHEN kind = 'patch' THEN CASE
          WHEN data IS NOT NULL THEN 'data must be left out of a patch'
          WHEN base IS NULL THEN 'base must be a version: there is nothing to patch'
          ELSE ${s}.patch_problem(patch)
        END
        WHEN kind = 'delete' THEN CASE
          WHEN data IS NOT NULL THEN 'data must be left out of a delete'
          WHEN patch IS NOT NULL THEN 'patch must be left out of a delete'
        END
        ELSE 'kind must be put, patch or delete'
      END AS problem
      FROM (SELECT sent.*, row_number() OVER () AS place, data::text AS body,
          "recordId" #>> '{}' AS record_id, "group" #>> '{}' AS group_name,
          ${s}.mutation_number(id, client) AS n
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
      m.sent_time, m.time, m.schema, m.document, m.size, m.patch, m.refusal)::${s}.mutation
    FROM (SELECT u.*, CASE WHEN u."group" IS NULL THEN u.unit ELSE min(u.unit) OVER (PARTITION BY u.request, u."group") END AS first
      FROM unnest(staged) u) m
    ORDER BY m.first, m.unit);
END $$;

-- The same for what was checked, whose units are in their order already. Requests that were not admitted have no rows.
CREATE FUNCTION ${s}.stage_checked(columns ${s}.checked_columns, requests jsonb[], held jsonb[], now bigint, most_bytes integer)
RETURNS ${s}.mutation[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  latest text := ${s}.format_number(now + 60000);
BEGIN
  RETURN ARRAY(SELECT ROW(
      request, coalesce(unit::integer, place), unit, client || '.' || n, client, n, collection, record_id, kind, base, "time", ${CLAMPED_TIME},
      schema::bigint, CASE WHEN kind = 'put' THEN body END, bytes, CASE WHEN kind = 'patch' THEN body END,
      CASE WHEN bytes > most_bytes THEN coalesce(${s}.size_refusal(body, body::text, most_bytes), held[request])
        ELSE held[request] END)::${s}.mutation
    FROM (SELECT *, CASE WHEN kind = 'put' THEN octet_length(body::text) END AS bytes
      FROM (SELECT c.request::integer, requests[c.request::integer] ->> 'clientId' AS client, c.n::bigint, c.content::jsonb AS body,
          c.unit, c.collection, c.record_id, c.kind, c.base, c."time", c.schema, c.place::integer
        FROM unnest(${LINES.map((column) => `string_to_array((columns).${column}, E'\\n', '')`).join(', ')})
          WITH ORDINALITY AS c(${LINES.join(', ')}, place)
        OFFSET 0) read
      OFFSET 0) sent
    WHERE client IS NOT NULL);
END $$;
`
