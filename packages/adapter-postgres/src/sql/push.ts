/**
 * Push: one transaction for the requests of one scope that wait together. All of it happens under the lock of the feed's
 * row, so positions are in the order of commits and pushes cannot deadlock (A1).
 */
import { SETTINGS } from './settings.ts'

export const pushSql = (s: string): string => String.raw`
CREATE FUNCTION ${s}.failure(code text, message text, details jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT jsonb_build_object('error', jsonb_build_object('code', code, 'message', message, 'details', details)) $$;

CREATE FUNCTION ${s}.malformed(field text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT ${s}.failure('PROTOCOL', format('The request''s %s is not valid', field), jsonb_build_object('field', field))
$$;

-- Why a request cannot be understood as a whole, its mutations aside; null: it can.
CREATE FUNCTION ${s}.head_problem(request jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(request) IS DISTINCT FROM 'object' THEN RETURN ${s}.malformed('body'); END IF;
  IF coalesce(request ->> 'clientId', '') !~ '^[\u0021-\u007e]{1,128}$' THEN RETURN ${s}.malformed('clientId'); END IF;
  IF NOT ${s}.is_count(request -> 'settled') THEN RETURN ${s}.malformed('settled'); END IF;
  IF jsonb_typeof(request -> 'epoch') IS DISTINCT FROM 'string' THEN RETURN ${s}.malformed('epoch'); END IF;
  IF NOT ${s}.are_projections(request -> 'fields') THEN RETURN ${s}.malformed('fields'); END IF;
  RETURN NULL;
END $$;

-- Why its mutations cannot be understood.
CREATE FUNCTION ${s}.mutations_problem(sent jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF jsonb_typeof(sent) IS DISTINCT FROM 'array' THEN RETURN ${s}.malformed('mutations'); END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(sent) m
    WHERE jsonb_typeof(m) <> 'object' OR jsonb_typeof(m -> 'id') IS DISTINCT FROM 'string') THEN
    RETURN ${s}.malformed('mutations');
  END IF;
  IF jsonb_array_length(sent) > 1 AND (SELECT count(*) > count(DISTINCT m ->> 'id') FROM jsonb_array_elements(sent) m) THEN
    RETURN ${s}.failure('PROTOCOL', 'A mutation is sent twice in one request', '{"field": "mutations"}');
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION ${s}.is_projection(fields jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN true; END IF;
  IF jsonb_typeof(fields) <> 'object' OR (fields ? 'only') = (fields ? 'except') THEN RETURN false; END IF;
  RETURN ${s}.are_texts(coalesce(fields -> 'only', fields -> 'except'));
END $$;

CREATE FUNCTION ${s}.are_projections(fields jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF fields IS NULL THEN RETURN true; END IF;
  IF jsonb_typeof(fields) <> 'object' THEN RETURN false; END IF;
  RETURN (SELECT coalesce(bool_and(${s}.is_projection(value)), true) FROM jsonb_each(fields));
END $$;

-- Which requests are admitted, and why nothing new of them may be applied, if so; a known mutation is answered all the same.
-- What is refused as a whole has its answer already. Begins a new epoch where a cursor shows that history was lost.
CREATE FUNCTION ${s}.admit(INOUT f ${s}.feed, requests jsonb, known jsonb, are_checked boolean,
  OUT admitted jsonb[], OUT held jsonb[], OUT answers jsonb[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  request jsonb;
  place ${s}.place;
  state text;
  problem jsonb;
BEGIN
  admitted := '{}'; held := '{}'; answers := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(requests) LOOP
    problem := coalesce(${s}.head_problem(request),
      CASE WHEN NOT are_checked THEN ${s}.mutations_problem(request -> 'mutations') END);
    IF problem IS NULL THEN
      place := ${s}.decode_cursor(f.scope, request ->> 'cursor');
      IF place IS NULL THEN problem := ${s}.malformed('cursor'); END IF;
    END IF;
    state := CASE WHEN problem IS NULL THEN ${s}.standing(f, place, known) END;
    IF state = 'lost' THEN f := ${s}.begin_epoch(f); state := 'foreign'; END IF;
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
CREATE FUNCTION ${s}.wave_ends(staged ${s}.mutation[], are_distinct boolean) RETURNS integer[] LANGUAGE plpgsql STABLE AS $$
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
CREATE FUNCTION ${s}.apply_push(scope text, requests jsonb, columns ${s}.checked_columns, options jsonb,
  OUT refusal jsonb, OUT summary jsonb, OUT answers jsonb[], OUT sent ${s}.mutation[], OUT results jsonb[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  most_bytes integer := coalesce((options ->> 'maxRecordBytes')::integer, 16777216);
  is_mark_due boolean := (options ->> 'mark')::boolean IS TRUE;
  admission record;
  f ${s}.feed;
  now bigint;
  mark text;
  wave_end integer;
  wave ${s}.mutation[];
  verdict record;
  stored record;
  request jsonb;
  has_tables boolean := EXISTS (SELECT FROM ${s}."table");
  taken record;
BEGIN
  IF NOT ${s}.is_scope(to_jsonb(scope)) THEN refusal := ${s}.malformed('scope'); RETURN; END IF;
  IF jsonb_typeof(requests) IS DISTINCT FROM 'array' THEN refusal := ${s}.malformed('body'); RETURN; END IF;
  IF NOT ${s}.authorize(scope) THEN
    refusal := ${s}.failure('FORBIDDEN', 'The caller may not use the scope');
    RETURN;
  END IF;
  IF options ? 'lockTimeoutMs' THEN PERFORM set_config('lock_timeout', options ->> 'lockTimeoutMs', true); END IF;
  admission := ${s}.admit(${s}.take_feed(scope), requests, options -> 'known', columns IS NOT NULL);
  f := admission.f;
  now := ${s}.now_ms();
  results := '{}';
  sent := CASE WHEN columns IS NULL THEN ${s}.stage(admission.admitted, admission.held, now, most_bytes)
    ELSE ${s}.stage_checked(columns, admission.admitted, admission.held, now, most_bytes) END;
  IF has_tables THEN
    taken := ${s}.take_rows(f, mark, is_mark_due, now, sent);
    f := taken.f; mark := taken.mark; sent := taken.sent;
  END IF;
  FOREACH wave_end IN ARRAY ${s}.wave_ends(sent, columns IS NOT NULL AND (options ->> 'areDistinct')::boolean IS TRUE) LOOP
    wave := sent[cardinality(results) + 1 : wave_end];
    verdict := ${s}.judge(f.feed, wave, admission.admitted, most_bytes);
    IF has_tables THEN verdict := ${s}.write_tables(f, wave, verdict.outcomes, verdict.documents); END IF;
    IF array_position(verdict.outcomes, NULL) IS NOT NULL THEN
      mark := coalesce(mark, ${s}.write_mark(f, is_mark_due, now));
      stored := ${s}.store(f, mark, now, wave, verdict.outcomes, verdict.documents);
      f := stored.f;
      verdict.outcomes := stored.outcomes;
    END IF;
    IF has_tables THEN verdict.outcomes := ${s}.with_data(f.feed, wave, verdict.outcomes); END IF;
    results := results || verdict.outcomes;
  END LOOP;
  -- What a client has settled it will not send again. One at a time: a join could be planned the wrong way round.
  FOREACH request IN ARRAY admission.admitted LOOP
    DELETE FROM ${s}.result r
    WHERE r.feed = f.feed AND r.client = request ->> 'clientId' AND r.last < (request -> 'settled')::bigint;
  END LOOP;
  answers := admission.answers;
  summary := jsonb_build_object('epoch', f.epoch, 'head', f.head::text, 'isMarked', mark IS NOT NULL, 'serverTime', now);
END $$;

-- Answers {answers: [{results} or {error}], epoch, head, isMarked, serverTime}: one answer for each request; isMarked: there
-- were writes, under a mark that is the caller's or newer.
-- options: mark: the caller has not written to the scope within an hour; known: {epoch, head} as the caller has seen
-- them; maxRecordBytes: 16 MiB when left out; lockTimeoutMs: how long to wait for other writers of the scope.
CREATE FUNCTION ${s}.push(scope text, requests jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql VOLATILE ${SETTINGS} AS $$
DECLARE
  done record;
BEGIN
  done := ${s}.apply_push(scope, requests, NULL, options);
  IF done.refusal IS NOT NULL THEN RETURN done.refusal; END IF;
  RETURN done.summary || jsonb_build_object('answers', (
    SELECT coalesce(jsonb_agg(coalesce(a.answer, jsonb_build_object('results', coalesce(g.results, '[]'))) ORDER BY a.place), '[]')
    FROM unnest(done.answers) WITH ORDINALITY AS a(answer, place)
    LEFT JOIN (SELECT m.request, jsonb_agg(jsonb_build_object('id', m.id) || ${s}.outcome_json(done.results[m.ordinality])) AS results
      FROM unnest(done.sent) WITH ORDINALITY m GROUP BY m.request) g ON g.request = a.place));
END $$;

-- The same for mutations that the caller has checked as the adapter does: only for roles that are trusted to. The requests come
-- without their mutations. Answers {answers: [null or {error}], results, ...}: outcomes in the order of the columns, those of
-- requests that were refused left out; an acceptance is its version. options: areDistinct too: no two mutations change one record,
-- and no two have one id.
CREATE FUNCTION ${s}.push_checked(scope text, requests jsonb, columns ${s}.checked_columns, options jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE ${SETTINGS} AS $$
DECLARE
  done record;
BEGIN
  done := ${s}.apply_push(scope, requests, columns, options);
  RETURN coalesce(done.refusal, done.summary || jsonb_build_object('answers', done.answers, 'results', done.results));
END $$;
`
