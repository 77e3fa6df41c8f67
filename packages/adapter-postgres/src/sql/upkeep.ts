/** Fetch, purge, and what subscribers and operators ask for. */
import { SETTINGS } from './settings.ts'

/** Rows that one call of purge removes, at most: writers get in between. */
const ROWS_PER_PURGE = 1_000

export const upkeepSql = (s: string): string => String.raw`
-- Records by id, tombstones too; what is not stored is left out. Ends as a pull does, with {serverTime} or {error}.
CREATE FUNCTION ${s}.fetch(request jsonb) RETURNS SETOF ${s}.row LANGUAGE plpgsql VOLATILE ROWS 100 ${SETTINGS} AS $$
DECLARE
  problem jsonb := CASE
    WHEN jsonb_typeof(request) IS DISTINCT FROM 'object' THEN ${s}.malformed('body')
    WHEN NOT ${s}.is_scope(request -> 'scope') THEN ${s}.malformed('scope')
    WHEN jsonb_typeof(request -> 'collection') IS DISTINCT FROM 'string' THEN ${s}.malformed('collection')
    WHEN NOT ${s}.are_texts(request -> 'ids') THEN ${s}.malformed('ids')
    WHEN NOT ${s}.is_projection(request -> 'fields') THEN ${s}.malformed('fields')
    WHEN NOT ${s}.authorize(request ->> 'scope') THEN ${s}.failure('FORBIDDEN', 'The caller may not use the scope')
    WHEN pg_is_in_recovery() THEN ${s}.standby_refusal()
  END;
BEGIN
  IF problem IS NULL THEN
    PERFORM ${s}.sequence_inbox(request ->> 'scope');
    RETURN QUERY
    SELECT r.collection::text, r.id::text, r.version::text, r.deleted, r.time::text, r.schema, r.mutation::text,
      ${s}.project(r.document, request -> 'fields')::text, NULL::text
    FROM ${s}.feed f
    CROSS JOIN LATERAL jsonb_array_elements_text(request -> 'ids') WITH ORDINALITY AS i(id, nth)
    CROSS JOIN LATERAL (SELECT x.* FROM ${s}.record x
      WHERE x.feed = f.feed AND x.collection = request ->> 'collection' AND x.id = i.id OFFSET 0) r
    WHERE f.scope = request ->> 'scope' ORDER BY i.nth;
  END IF;
  RETURN NEXT ${s}.ending(coalesce(problem, jsonb_build_object('serverTime', ${s}.now_ms())));
END $$;

-- Forgets tombstones from before a time, in milliseconds, and results from before twice as long ago: a part of them.
-- Answers {tombstones, results, hasMore}. The floor rises with the removal, under the feed's lock: no cursor that still
-- needs what goes is served (A4).
CREATE FUNCTION ${s}.purge(scope text, before double precision) RETURNS jsonb LANGUAGE plpgsql VOLATILE ${SETTINGS} AS $$
DECLARE
  before_ms bigint := greatest(least(floor(before), 9e15), -9e15);
  -- Results are kept twice as long as tombstones (A3).
  results_before bigint := 2 * before_ms - ${s}.now_ms();
  f ${s}.feed;
  old bigint[];
  forgotten bigint;
BEGIN
  SELECT * INTO f FROM ${s}.feed u WHERE u.scope = purge.scope FOR UPDATE;
  IF NOT FOUND THEN RETURN '{"tombstones": 0, "results": 0, "hasMore": false}'; END IF;
  old := ARRAY(SELECT r.position FROM ${s}.record r WHERE r.feed = f.feed AND r.deleted AND r.stored_at < before_ms
    ORDER BY r.stored_at LIMIT ${ROWS_PER_PURGE});
  IF cardinality(old) > 0 THEN
    UPDATE ${s}.feed u SET floor = greatest(u.floor, (SELECT max(o) FROM unnest(old) o)), records = u.records - cardinality(old)
    WHERE u.feed = f.feed RETURNING u.* INTO f;
    DELETE FROM ${s}.record r WHERE r.feed = f.feed AND r.position = ANY (old);
  END IF;
  -- Of the marks at or below the floor, cursors still ask for the one the floor itself was written under.
  DELETE FROM ${s}.mark m WHERE m.feed = f.feed AND m.position < (
    SELECT max(k.position) FROM ${s}.mark k WHERE k.feed = f.feed AND k.position < f.floor);
  DELETE FROM ${s}.result r WHERE r.ctid = ANY (ARRAY(
    SELECT o.ctid FROM ${s}.result o
    WHERE o.feed = f.feed AND o.stored_at < results_before LIMIT ${ROWS_PER_PURGE}));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN jsonb_build_object('tombstones', cardinality(old), 'results', forgotten,
    'hasMore', greatest(cardinality(old), forgotten) = ${ROWS_PER_PURGE});
END $$;

-- Scopes that were written to, in the order of their feeds, from after one on.
CREATE FUNCTION ${s}.scopes(after integer, most integer) RETURNS TABLE (feed integer, scope text)
LANGUAGE plpgsql STABLE ${SETTINGS} AS $$
BEGIN
  RETURN QUERY SELECT f.feed, f.scope::text FROM ${s}.feed f WHERE f.feed > after AND f.head > 0 ORDER BY f.feed LIMIT most;
END $$;

-- Where the feeds of scopes are, and whether there are tables that others may write to without a word. What they changed gets
-- its position first, so that it shows.
CREATE FUNCTION ${s}.heads(of_scopes text[]) RETURNS TABLE (scope text, epoch text, head bigint, has_tables boolean)
LANGUAGE plpgsql VOLATILE ${SETTINGS} AS $$
BEGIN
  IF NOT pg_is_in_recovery() THEN
    -- In one order, so that two who look do not wait for each other.
    PERFORM ${s}.sequence_inbox(a.scope) FROM (
      SELECT DISTINCT o.scope COLLATE "C" AS scope FROM unnest(of_scopes) AS o(scope)
      WHERE EXISTS (SELECT FROM ${s}.inbox i WHERE i.scope = o.scope) ORDER BY 1) a;
  END IF;
  RETURN QUERY SELECT f.scope::text, f.epoch::text, f.head, EXISTS (SELECT FROM ${s}."table")
  FROM unnest(of_scopes) AS a(scope)
  CROSS JOIN LATERAL (SELECT u.* FROM ${s}.feed u WHERE u.scope = a.scope OFFSET 0) f;
END $$;
`
