/**
 * What a Supabase project needs around the contract's functions: who may use a scope, the functions that clients call, and
 * wake-ups by Realtime. `api` is the exposed schema, as an identifier.
 *
 * The functions run as their owner, whom row-level security does not bind; so each asks `synclayer.authorize` first, and
 * nothing else of the schema can be reached by clients. `search_path` is empty, so that nobody slips in a function.
 */
import { API_VERSION, MAX_CLIENT_ID_LENGTH, MAX_PAGE_BYTES, MAX_RECORD_BYTES, MAX_ROWS } from '../limits.ts'

/** A row of the contract's `pull` and `fetch`; the last one has no collection, and says in its document how the answer ends. */
const ROW = 'r(collection, id, version, deleted, time, schema, mutation, document, cursor, nth)'

/** All rows as one JSON value: so the API's limit of rows does not cut them off. `document` is an expression. */
const answerOf = (document: string): string => `json_build_object(
    'rows', coalesce(json_agg(json_build_array(r.collection, r.id, r.version, r.deleted, r.time, r.schema,
      r.mutation, ${document}) ORDER BY r.nth) FILTER (WHERE r.collection IS NOT NULL), '[]'),
    'end', (max(r.document) FILTER (WHERE r.collection IS NULL))::json,
    'mark', synclayer.caller_mark())`

const PROJECTED = answerOf(`CASE WHEN projections ? r.collection
        THEN synclayer.project(r.document::jsonb, projections -> r.collection)::json ELSE r.document::json END`)

export const apiSql = (api: string): string => `
-- Who may use a scope: yours to replace, and never replaced by a migration of SyncLayer. action: read, write, purge; or list, which
-- names all scopes, and has none. Nobody but its user may use a scope until you say so. It runs as its owner, so it sees all rows of your tables.
DO $do$
BEGIN
  IF to_regprocedure('synclayer.authorize(text, text)') IS NULL THEN
    CREATE FUNCTION synclayer.authorize(scope text, action text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = '' AS $$
      SELECT action IN ('read', 'write') AND scope = 'user:' || (auth.jwt() ->> 'sub')
    $$;
  END IF;
END
$do$;

-- Raises 42501 where the caller may not do it. The secret key may do anything.
CREATE OR REPLACE FUNCTION synclayer.demand(scope text, action text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
  IF auth.role() IS DISTINCT FROM 'service_role' AND synclayer.authorize(scope, action) IS NOT TRUE THEN
    RAISE insufficient_privilege USING MESSAGE = 'The caller may not use the scope';
  END IF;
END
$$;

-- What the client ids of a user end with: so nobody can answer, or settle, for somebody else.
CREATE OR REPLACE FUNCTION synclayer.caller_mark() RETURNS text
LANGUAGE sql STABLE SET search_path = '' AS $$
  SELECT '~' || left(encode(sha256(convert_to(coalesce(auth.jwt() ->> 'sub', auth.role(), ''), 'UTF8')), 'hex'), 20)
$$;

-- The functions that clients call. Each answers what the contract says, or {error: {code, message, details}}.

CREATE OR REPLACE FUNCTION ${api}.synclayer_hello() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT jsonb_build_object('api', ${API_VERSION}, 'mark', synclayer.caller_mark(), 'serverTime', synclayer.now_ms())
$$;

CREATE OR REPLACE FUNCTION ${api}.synclayer_push(request jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  mark text := synclayer.caller_mark();
  client text := request ->> 'clientId';
  answer jsonb;
BEGIN
  IF NOT synclayer.is_scope(request -> 'scope') THEN RETURN synclayer.malformed('scope'); END IF;
  PERFORM synclayer.demand(request ->> 'scope', 'write');
  IF jsonb_typeof(request -> 'clientId') IS DISTINCT FROM 'string' OR length(client) > ${MAX_CLIENT_ID_LENGTH} + length(mark) THEN
    RETURN synclayer.malformed('clientId');
  END IF;
  IF right(client, length(mark)) <> mark THEN
    RETURN synclayer.failure('PROTOCOL', 'The client id is not one of the caller', jsonb_build_object('mark', mark));
  END IF;
  answer := synclayer.push(request ->> 'scope', jsonb_build_array(request), '{"maxRecordBytes": ${MAX_RECORD_BYTES}}');
  IF answer ? 'error' THEN RETURN answer; END IF;
  RETURN (answer #> '{answers,0}') || jsonb_build_object('serverTime', answer -> 'serverTime');
END
$$;

CREATE OR REPLACE FUNCTION ${api}.synclayer_pull(request jsonb) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  projections jsonb := CASE WHEN jsonb_typeof(request -> 'collections') = 'array' THEN (
    SELECT jsonb_object_agg(c ->> 'name', c -> 'fields') FROM jsonb_array_elements(request -> 'collections') c
    WHERE c ? 'fields' AND jsonb_typeof(c -> 'name') = 'string') END;
  answer json;
BEGIN
  IF NOT synclayer.is_scope(request -> 'scope') THEN RETURN synclayer.malformed('scope'); END IF;
  PERFORM synclayer.demand(request ->> 'scope', 'read');
  IF NOT synclayer.are_projections(projections) THEN RETURN synclayer.malformed('collections'); END IF;
  SELECT ${PROJECTED} INTO answer
  FROM synclayer.pull(request, '{"maxBytes": ${MAX_PAGE_BYTES}}') WITH ORDINALITY AS ${ROW};
  RETURN CASE WHEN answer #> '{end,error}' IS NULL THEN answer ELSE answer -> 'end' END;
END
$$;

CREATE OR REPLACE FUNCTION ${api}.synclayer_fetch(request jsonb) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  answer json;
BEGIN
  IF NOT synclayer.is_scope(request -> 'scope') THEN RETURN synclayer.malformed('scope'); END IF;
  PERFORM synclayer.demand(request ->> 'scope', 'read');
  SELECT ${answerOf('r.document::json')} INTO answer
  FROM synclayer.fetch(request) WITH ORDINALITY AS ${ROW};
  RETURN CASE WHEN answer #> '{end,error}' IS NULL THEN answer ELSE answer -> 'end' END;
END
$$;

-- A part of what is to go; hasMore says whether to call again.
CREATE OR REPLACE FUNCTION ${api}.synclayer_purge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF NOT synclayer.is_scope(request -> 'scope') THEN RETURN synclayer.malformed('scope'); END IF;
  IF jsonb_typeof(request -> 'before') IS DISTINCT FROM 'number' THEN RETURN synclayer.malformed('before'); END IF;
  PERFORM synclayer.demand(request ->> 'scope', 'purge');
  RETURN synclayer.purge(request ->> 'scope', (request ->> 'before')::double precision);
END
$$;

CREATE OR REPLACE FUNCTION ${api}.synclayer_scopes(request jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF NOT synclayer.is_count(request -> 'after') THEN RETURN synclayer.malformed('after'); END IF;
  PERFORM synclayer.demand(NULL, 'list');
  RETURN jsonb_build_object('scopes', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(f.feed, f.scope) ORDER BY f.feed), '[]')
    FROM synclayer.scopes(least((request ->> 'after')::bigint, 2147483647)::integer, ${MAX_ROWS}) f));
END
$$;

-- Asked by Realtime, for who joins a channel.
CREATE OR REPLACE FUNCTION ${api}.synclayer_may_follow(topic text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT starts_with(topic, 'sl:') AND synclayer.authorize(substr(topic, 4), 'read') IS TRUE
$$;

-- For pg_cron, with how long deletes are kept: CALL synclayer.purge_older('90 days')
CREATE OR REPLACE PROCEDURE synclayer.purge_older(keep interval) LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT double precision := extract(epoch FROM now() - keep) * 1000;
  of_scope text;
BEGIN
  FOR of_scope IN SELECT scope FROM synclayer.feed LOOP
    WHILE (synclayer.purge(of_scope, before) ->> 'hasMore')::boolean LOOP
      COMMIT;
    END LOOP;
    COMMIT;
  END LOOP;
END
$$;

-- Wake-ups: where a feed has got to is told on the scope's private channel, in the transaction that moved it. They are
-- hints, so that one that cannot be sent holds up nothing. Without Realtime there are none.
CREATE OR REPLACE FUNCTION synclayer.tell_followers(scope text, head bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
BEGIN
  IF to_regprocedure('realtime.send(jsonb, text, text, boolean)') IS NOT NULL THEN
    PERFORM realtime.send(jsonb_build_object('head', head::text), 'change', 'sl:' || scope, true);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION synclayer.feed_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  PERFORM synclayer.tell_followers(NEW.scope, NEW.head);
  RETURN NULL;
END
$$;

-- What other programs wrote gets its position when the next client asks: so they are woken.
CREATE OR REPLACE FUNCTION synclayer.inbox_filled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  PERFORM synclayer.tell_followers(a.scope, NULL) FROM (SELECT DISTINCT scope FROM added) a;
  RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS feed_moved ON synclayer.feed;
CREATE TRIGGER feed_moved AFTER UPDATE ON synclayer.feed
FOR EACH ROW WHEN (OLD.head <> NEW.head OR OLD.epoch <> NEW.epoch) EXECUTE FUNCTION synclayer.feed_moved();

DROP TRIGGER IF EXISTS inbox_filled ON synclayer.inbox;
CREATE TRIGGER inbox_filled AFTER INSERT ON synclayer.inbox REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION synclayer.inbox_filled();

DO $do$
BEGIN
  IF to_regclass('realtime.messages') IS NULL THEN RETURN; END IF;
  DROP POLICY IF EXISTS "synclayer: follow a scope" ON realtime.messages;
  CREATE POLICY "synclayer: follow a scope" ON realtime.messages FOR SELECT TO anon, authenticated
  USING (extension = 'broadcast' AND ${api}.synclayer_may_follow((SELECT realtime.topic())));
END
$do$;

-- Nothing of the schema is for clients: no usage, no grants, and rows that nobody but the owner sees.
REVOKE ALL ON SCHEMA synclayer FROM PUBLIC, anon, authenticated;
REVOKE ALL ON ALL TABLES IN SCHEMA synclayer FROM PUBLIC, anon, authenticated;
REVOKE ALL ON ALL ROUTINES IN SCHEMA synclayer FROM PUBLIC, anon, authenticated;
DO $do$
DECLARE
  of_table regclass;
BEGIN
  FOR of_table IN SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = 'synclayer'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', of_table);
  END LOOP;
END
$do$;

REVOKE ALL ON FUNCTION ${clientFunctions(api)} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${clientFunctions(api)} TO anon, authenticated, service_role;

NOTIFY pgrst, 'reload schema';
`

function clientFunctions(api: string): string {
  return [
    `${api}.synclayer_hello()`,
    ...['push', 'pull', 'fetch', 'purge', 'scopes'].map((name) => `${api}.synclayer_${name}(jsonb)`),
    `${api}.synclayer_may_follow(text)`,
  ].join(', ')
}
