/** Storing: what is to be applied becomes the new states of its records, each at a position of its own. */

/** A run holds so many answers at most, so that one is quickly read for a single mutation that is sent again. */
const LONGEST_RUN = 100

export const storeSql = (s: string): string => String.raw`
-- Fills in the outcomes that are missing. The feed has to be locked; positions go on from its head.
CREATE FUNCTION ${s}.store(INOUT f ${s}.feed, mark text, now bigint, batch ${s}.mutation[], INOUT outcomes jsonb[],
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
      CASE WHEN nths[m.ordinality] > 0 THEN ${s}.format_version(f.epoch, f.head + nths[m.ordinality], mark) END AS made,
      coalesce(documents[m.ordinality], m.document) AS stored,
      coalesce(octet_length(documents[m.ordinality]::text), m.size, 0) AS bytes
    FROM unnest(batch) WITH ORDINALITY m
  ), created AS (
    INSERT INTO ${s}.record
      (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
    SELECT f.feed, at, now, schema, bytes, kind = 'delete', collection, record_id, made, "time", id, stored
    FROM state WHERE outcome IS NULL AND base IS NULL
  ), changed AS (
    -- Not an UPDATE for those that are there: its join could be planned the wrong way round.
    INSERT INTO ${s}.record AS r
      (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
    SELECT f.feed, at, now, schema, bytes, kind = 'delete', collection, record_id, made, "time", id, stored
    FROM state WHERE outcome IS NULL AND base IS NOT NULL
    ON CONFLICT (feed, collection, id) DO UPDATE SET
      (position, stored_at, schema, size, deleted, version, "time", mutation, document) =
      ROW(excluded.position, excluded.stored_at, excluded.schema, excluded.size, excluded.deleted, excluded.version,
        excluded.time, excluded.mutation, excluded.document)
  ), remembered AS (
    INSERT INTO ${s}.result (feed, last, first, stored_at, client, version, identities)
    SELECT f.feed, max(n), min(n), now, client, ${s}.format_version(f.epoch, min(at), mark),
      string_agg(${s}.identity(sent_time, kind, collection, record_id), E'\n' ORDER BY n)
    FROM (
      -- Of those whose number is as far from the position, the ones that have as many before them follow each other.
      SELECT *, row_number() OVER (PARTITION BY client, n - at ORDER BY n) AS nth FROM state WHERE outcome IS NULL
    ) numbered
    GROUP BY client, n - at, n - nth, (nth - 1) / ${LONGEST_RUN}
  )
  SELECT count(made), count(made) FILTER (WHERE base IS NULL), array_agg(coalesce(outcome, to_jsonb(made)) ORDER BY ordinality)
  INTO applied, added, outcomes FROM state;
  UPDATE ${s}.feed u SET head = u.head + applied, records = u.records + added WHERE u.feed = f.feed RETURNING u.* INTO f;
END $$;
`
