/**
 * What a Supabase project has before its owner has made anything: roles, `auth` and `realtime`, in the shapes that the
 * real one has. Tables and functions that nothing here uses are left out.
 */

/** Roles are those of the whole server, so that they may be there already. `owner` is who applies migrations. */
export const ROLES = (password: string): string => `
DO $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('supabase roles'));
  IF to_regrole('anon') IS NULL THEN CREATE ROLE anon NOLOGIN NOINHERIT; END IF;
  IF to_regrole('authenticated') IS NULL THEN CREATE ROLE authenticated NOLOGIN NOINHERIT; END IF;
  IF to_regrole('service_role') IS NULL THEN CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS; END IF;
  IF to_regrole('authenticator') IS NULL THEN CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD '${password}'; END IF;
  IF to_regrole('supabase_realtime_admin') IS NULL THEN CREATE ROLE supabase_realtime_admin NOLOGIN NOINHERIT; END IF;
  IF to_regrole('supabase_owner') IS NULL THEN CREATE ROLE supabase_owner LOGIN CREATEROLE BYPASSRLS PASSWORD '${password}'; END IF;
  GRANT anon, authenticated, service_role TO authenticator;
  GRANT anon, authenticated, service_role, supabase_realtime_admin TO supabase_owner;
  ALTER ROLE anon SET statement_timeout = '3s';
  ALTER ROLE authenticated SET statement_timeout = '8s';
  ALTER ROLE authenticator SET statement_timeout = '8s';
  ALTER ROLE authenticator SET lock_timeout = '8s';
END
$$`

/** The schemas of one database. What a signed-in user may do with the tables of `public` is up to row-level security. */
export const SCHEMAS = (database: string): string => `
GRANT CREATE ON DATABASE ${database} TO supabase_owner;
ALTER SCHEMA public OWNER TO supabase_owner;
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_owner IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_owner IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;

CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO anon, authenticated, service_role, supabase_owner;

CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, supabase_owner;

CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
$$;

CREATE SCHEMA realtime;
GRANT USAGE ON SCHEMA realtime TO anon, authenticated, service_role, supabase_owner;
GRANT ALL ON SCHEMA realtime TO supabase_realtime_admin;

CREATE TABLE realtime.messages (
  topic text NOT NULL,
  extension text NOT NULL,
  payload jsonb,
  event text,
  private boolean DEFAULT false,
  updated_at timestamp without time zone NOT NULL DEFAULT now(),
  inserted_at timestamp without time zone NOT NULL DEFAULT now(),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  PRIMARY KEY (id, inserted_at)
) PARTITION BY RANGE (inserted_at);
CREATE TABLE realtime.messages_all PARTITION OF realtime.messages DEFAULT;
ALTER TABLE realtime.messages OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON realtime.messages TO anon, authenticated, service_role;
GRANT ALL ON realtime.messages TO supabase_owner;

CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('realtime.topic', true), '')
$$;

CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  message uuid := gen_random_uuid();
BEGIN
  PERFORM set_config('realtime.topic', topic, true);
  INSERT INTO realtime.messages (id, payload, event, topic, private, extension)
  VALUES (message, jsonb_build_object('id', message) || payload, event, topic, private, 'broadcast');
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'ErrorSendingBroadcastMessage: %', SQLERRM;
END
$$;

-- Not of Supabase: it reads the log of the database, the stand-in is told.
CREATE FUNCTION realtime.tell_stand_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  PERFORM pg_notify('realtime_stand_in', NEW.id::text);
  RETURN NULL;
END
$$;
CREATE TRIGGER tell_stand_in AFTER INSERT ON realtime.messages FOR EACH ROW EXECUTE FUNCTION realtime.tell_stand_in();
`
