/** Storing: what is to be applied becomes the new states of its records, each at a position of its own. */
export const storeSql = (s: string): string => `
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
    SELECT m.*, f.head + nths[m.ordinality] AS at, ${s}.format_version(f.epoch, f.head + nths[m.ordinality], mark) AS made,
      coalesce(documents[m.ordinality], m.document) AS stored,
      coalesce(octet_length(documents[m.ordinality]::text), m.size, 0) AS bytes
    FROM unnest(batch) WITH ORDINALITY m WHERE nths[m.ordinality] > 0
  ), saved AS (
    -- Not an UPDATE for those that are there: its join could be planned the wrong way round.
    INSERT INTO ${s}.record AS r
      (feed, position, stored_at, schema, size, deleted, collection, id, version, "time", mutation, document)
    SELECT f.feed, at, now, schema, bytes, kind = 'delete', collection, record_id, made, "time", id, stored FROM state
    ON CONFLICT (feed, collection, id) DO UPDATE SET
      (position, stored_at, schema, size, deleted, version, "time", mutation, document) =
      ROW(excluded.position, excluded.stored_at, excluded.schema, excluded.size, excluded.deleted, excluded.version,
        excluded.time, excluded.mutation, excluded.document)
  ), remembered AS (
    INSERT INTO ${s}.result (feed, n, stored_at, client, identity, version)
    SELECT f.feed, n, now, client, ${s}.identity(sent_time, kind, collection, record_id), made FROM state
  )
  SELECT count(*), count(*) FILTER (WHERE base IS NULL) INTO applied, added FROM state;
  outcomes := ARRAY(
    SELECT CASE WHEN nth = 0 THEN outcome ELSE
      jsonb_build_object('status', 'accepted', 'version', ${s}.format_version(f.epoch, f.head + nth, mark)) END
    FROM unnest(outcomes, nths) AS o(outcome, nth));
  UPDATE ${s}.feed u SET head = u.head + applied, records = u.records + added WHERE u.feed = f.feed RETURNING u.* INTO f;
END $$;
`
