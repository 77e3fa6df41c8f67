/**
 * Pull: walks the rows of a scope in the order of their positions. What is read, feed and rows, is of one moment, since
 * `page` is STABLE and so sees one snapshot: nothing can be purged, or become visible behind the cursor, in between
 * (A1, A4).
 *
 * A snapshot is the same walk up to the head at its start, leaving out what a newcomer has no use for; from there the
 * feed goes on. A record changed meanwhile has moved past that head and comes then.
 */
import { PAGE_BYTES, ROWS_PER_CALL, ROWS_PER_PAGE } from './page-bounds.ts'
import { SETTINGS } from './settings.ts'

export const pullSql = (s: string): string => String.raw`
-- Why a pull cannot be understood; null: it can.
CREATE FUNCTION ${s}.pull_problem(request jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(request) IS DISTINCT FROM 'object' THEN RETURN ${s}.malformed('body'); END IF;
  IF NOT ${s}.is_scope(request -> 'scope') THEN RETURN ${s}.malformed('scope'); END IF;
  IF NOT ${s}.is_count(request -> 'limit') THEN RETURN ${s}.malformed('limit'); END IF;
  IF jsonb_typeof(request -> 'collections') IS DISTINCT FROM 'array' OR EXISTS (
    SELECT FROM jsonb_array_elements(request -> 'collections') c
    WHERE jsonb_typeof(c) <> 'object' OR jsonb_typeof(c -> 'name') IS DISTINCT FROM 'string') THEN
    RETURN ${s}.malformed('collections');
  END IF;
  IF request ->> 'cursor' IS NOT NULL AND ${s}.decode_cursor(request ->> 'scope', request ->> 'cursor') IS NULL THEN
    RETURN ${s}.malformed('cursor');
  END IF;
  RETURN NULL;
END $$;

-- The last row of an answer.
CREATE FUNCTION ${s}.ending(value jsonb) RETURNS ${s}.row LANGUAGE sql STABLE AS
$$ SELECT ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, value::text, NULL)::${s}.row $$;

-- The rows from a cursor on, then the ending: {cursor, epoch, head, floor, isSnapshot, hasMore, remaining, serverTime}, or
-- {error}. options: known: {epoch, head} as the caller has seen them; snapshotRows: in a snapshot so many rows in place of
-- the limit, each with the cursor that goes on after it, for who may end the page anywhere.
CREATE FUNCTION ${s}.pull(request jsonb, options jsonb DEFAULT '{}') RETURNS SETOF ${s}.row
LANGUAGE plpgsql VOLATILE ROWS 500 ${SETTINGS} AS $$
DECLARE
  scope text := request ->> 'scope';
  problem jsonb := ${s}.pull_problem(request);
  state text;
  f ${s}.feed;
  unread text[] := '{}';
BEGIN
  IF problem IS NULL AND NOT ${s}.authorize(scope) THEN
    problem := ${s}.failure('FORBIDDEN', 'The caller may not use the scope');
  END IF;
  IF problem IS NOT NULL THEN
    RETURN NEXT ${s}.ending(problem);
    RETURN;
  END IF;
  IF NOT pg_is_in_recovery() THEN
    unread := ${s}.sequence_inbox(scope);
    SELECT * INTO f FROM ${s}.feed u WHERE u.scope = request ->> 'scope';
    state := CASE WHEN FOUND THEN ${s}.standing(f, ${s}.decode_cursor(scope, request ->> 'cursor'), options -> 'known') ELSE 'new' END;
    IF state IN ('new', 'lost') THEN
      -- Under its lock it may turn out that another transaction was quicker.
      f := ${s}.take_feed(scope);
      IF ${s}.standing(f, ${s}.decode_cursor(scope, request ->> 'cursor'), options -> 'known') = 'lost' THEN
        PERFORM ${s}.begin_epoch(f);
      END IF;
    END IF;
  END IF;
  RETURN QUERY SELECT * FROM ${s}.page(request, options, unread);
END $$;

-- A standby may lack what others have seen. Where a cursor tells how much that is, it answers what it has; without one, it
-- could take back what this client was told was accepted.
CREATE FUNCTION ${s}.standby_refusal() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT ${s}.failure('BACKEND_FAILED', 'This server is a standby and may lack what others have seen. Ask the primary')
$$;

-- Where a walk is that has come to a position: at the end of a snapshot the feed begins.
CREATE FUNCTION ${s}.place_at(f ${s}.feed, place ${s}.place, at bigint, rows bigint) RETURNS ${s}.place
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF place.walk_to IS NULL THEN RETURN ROW(place.epoch, at, ${s}.mark_of(f.feed, at), NULL, NULL)::${s}.place; END IF;
  IF at >= place.position THEN RETURN ROW(place.epoch, place.position, place.mark, NULL, NULL)::${s}.place; END IF;
  RETURN ROW(place.epoch, place.position, place.mark, at, place.walk_rows + rows)::${s}.place;
END $$;

-- unread: collections whose notes cannot be taken now; others that are left are a reason to ask for more.
CREATE FUNCTION ${s}.page(request jsonb, options jsonb, unread text[]) RETURNS SETOF ${s}.row LANGUAGE plpgsql STABLE ROWS 500 AS $$
DECLARE
  scope text := request ->> 'scope';
  place ${s}.place := ${s}.decode_cursor(scope, request ->> 'cursor');
  most bigint := least((request ->> 'limit')::bigint, ${ROWS_PER_PAGE});
  f ${s}.feed;
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
  SELECT * INTO f FROM ${s}.feed u WHERE u.scope = request ->> 'scope';
  state := CASE WHEN FOUND THEN ${s}.standing(f, place, options -> 'known') ELSE 'foreign' END;
  IF pg_is_in_recovery() AND (place IS NULL OR state = 'ahead' AND place.walk_to IS NOT NULL) THEN
    RETURN NEXT ${s}.ending(${s}.standby_refusal());
    RETURN;
  END IF;
  IF state <> 'good' THEN
    RETURN NEXT ${s}.ending(CASE state
      WHEN 'expired' THEN ${s}.failure('CURSOR_EXPIRED', 'The cursor is older than what is kept')
      WHEN 'ahead' THEN jsonb_build_object('cursor', request ->> 'cursor', 'epoch', place.epoch, 'head', f.head::text,
        'isSnapshot', false, 'hasMore', false, 'remaining', 0, 'serverTime', ${s}.now_ms())
      ELSE ${s}.failure('EPOCH_CHANGED', 'The feed''s history is not the cursor''s: the backend was restored or replaced')
    END);
    RETURN;
  END IF;
  IF place IS NULL THEN
    place := ROW(f.epoch, f.head, ${s}.mark_of(f.feed, f.head), NULL, NULL)::${s}.place;
    IF most > 0 AND f.head > 0 THEN place.walk_to := 0; place.walk_rows := 0; END IF;
  END IF;
  with_cursors := place.walk_to IS NOT NULL AND options ? 'snapshotRows';
  IF with_cursors AND most > 0 THEN most := least((options ->> 'snapshotRows')::bigint, ${ROWS_PER_PAGE}); END IF;
  start := coalesce(place.walk_to, place.position);
  cap := CASE WHEN place.walk_to IS NULL THEN f.head ELSE place.position END;
  reached := start;
  IF most > 0 AND start < cap THEN
    -- After a restore the deletes of before are told too, since clients then keep what they do not see.
    with_deleted := place.walk_to IS NULL OR f.epoch_start > 0;
    source := CASE WHEN place.walk_to IS NOT NULL AND jsonb_path_exists(request, '$.collections[*].filter')
      THEN ${s}.narrowed_rows(request -> 'collections', f.feed, start, cap, with_deleted) END;
    IF source IS NULL THEN
      SELECT array_agg(c.position), array_agg(c.size) INTO positions, sizes FROM (
        SELECT w.position, w.size FROM (
          SELECT r.* FROM ${s}.record r WHERE r.feed = f.feed AND r.position > start AND r.position <= cap
          ORDER BY r.position LIMIT ${ROWS_PER_CALL}
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
    ) z WHERE nth <= most AND before < ${PAGE_BYTES};
    IF kept < cardinality(positions) THEN
      reached := positions[kept];
    ELSE
      -- Fewer were found than there is room for: how far was looked?
      SELECT coalesce(max(w.position) FILTER (WHERE w.nth = ${ROWS_PER_CALL}), cap) INTO reached FROM (
        SELECT r.position, row_number() OVER (ORDER BY r.position) AS nth FROM ${s}.record r
        WHERE r.feed = f.feed AND r.position > start AND r.position <= cap ORDER BY r.position LIMIT ${ROWS_PER_CALL}
      ) w;
    END IF;
    RETURN QUERY
    SELECT r.collection::text, r.id::text, r.version::text, r.deleted, r.time::text, r.schema, r.mutation::text, r.document::text,
      CASE WHEN with_cursors THEN ${s}.encode_cursor(scope, ${s}.place_at(f, place, r.position, p.nth)) END
    FROM unnest(positions[1:kept]) WITH ORDINALITY AS p(position, nth)
    CROSS JOIN LATERAL (SELECT x.* FROM ${s}.record x WHERE x.feed = f.feed AND x.position = p.position OFFSET 0) r
    ORDER BY p.nth;
  END IF;
  RETURN NEXT ${s}.ending(${s}.describe_page(scope, f, place, ${s}.place_at(f, place, reached, kept), most > 0,
    ${s}.is_waiting(scope, unread)));
END $$;

-- remaining: each position holds at most one change, and there are no more changes than rows that were not walked over.
CREATE FUNCTION ${s}.describe_page(scope text, f ${s}.feed, place ${s}.place, next ${s}.place, is_read boolean,
  is_waiting boolean) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_behind boolean := is_read AND (next.walk_to IS NOT NULL OR next.position < f.head OR is_waiting);
BEGIN
  RETURN jsonb_build_object('cursor', ${s}.encode_cursor(scope, next), 'epoch', f.epoch, 'head', f.head::text,
    'isSnapshot', place.walk_to IS NOT NULL, 'hasMore', is_behind,
    'remaining', CASE WHEN is_behind THEN greatest(1, least(
      f.head - coalesce(next.walk_to, next.position), f.records - coalesce(next.walk_rows, 0))) ELSE 0 END,
    'serverTime', ${s}.now_ms());
END $$;
`
