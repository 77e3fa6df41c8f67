/**
 * The feed of a scope: its epoch, head and floor, and the marks which tell one history from another (A4).
 *
 *   positions   1 2 3 4 5 6 7 8 9 ...
 *   marks       a@0         b@5              1 to 5 were written under a, 6 and later under b
 *
 * Marks are made at the head, so what a committed position was written under never changes. A cursor whose mark is not
 * that of its position, or that lies beyond the head, belongs to a history that is gone.
 */
export const feedSql = (s: string): string => `
CREATE FUNCTION ${s}.make_mark(f ${s}.feed, name text, now bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- Under an older mark at the same position nothing was written, so it may go.
  INSERT INTO ${s}.mark VALUES (f.feed, f.head, name, ${s}.incarnation(), now)
  ON CONFLICT (feed, position) DO UPDATE
  SET name = excluded.name, incarnation = excluded.incarnation, made_at = excluded.made_at;
END $$;

-- The feed's row, locked until the transaction ends; made where the scope is new.
CREATE FUNCTION ${s}.take_feed(of_scope text) RETURNS ${s}.feed LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  f ${s}.feed;
  now bigint;
  name text;
BEGIN
  SELECT * INTO f FROM ${s}.feed WHERE scope = of_scope FOR UPDATE;
  IF FOUND THEN RETURN f; END IF;
  now := ${s}.now_ms();
  name := ${s}.random_name();
  INSERT INTO ${s}.feed (scope, epoch) VALUES (of_scope, ${s}.format_number(now) || '.' || name)
  ON CONFLICT (scope) DO NOTHING RETURNING * INTO f;
  IF FOUND THEN
    PERFORM ${s}.make_mark(f, name, now);
    RETURN f;
  END IF;
  -- Another transaction made it first, and has committed since.
  SELECT * INTO STRICT f FROM ${s}.feed WHERE scope = of_scope FOR UPDATE;
  RETURN f;
END $$;

-- The mark a committed position was written under.
CREATE FUNCTION ${s}.mark_of(of_feed integer, at bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF at = 0 THEN RETURN '-'; END IF;
  RETURN (SELECT m.name FROM ${s}.mark m WHERE m.feed = of_feed AND m.position < at ORDER BY m.position DESC LIMIT 1);
END $$;

-- How a cursor stands to its feed. foreign: of another epoch. lost: of this epoch, but of a history that was undone, so
-- the epoch has to end. ahead: this server is a replica that has not come so far. 'known' is what the caller has seen of
-- the feed before.
CREATE FUNCTION ${s}.standing(f ${s}.feed, place ${s}.place, known jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  behind text := CASE WHEN pg_is_in_recovery() THEN 'ahead' ELSE 'lost' END;
BEGIN
  IF known ->> 'epoch' = f.epoch AND (known ->> 'head')::bigint > f.head AND behind = 'lost' THEN RETURN 'lost'; END IF;
  IF place IS NULL THEN RETURN 'good'; END IF;
  IF place.epoch IS NULL THEN RETURN 'foreign'; END IF;
  IF place.epoch <> f.epoch THEN
    RETURN CASE WHEN behind = 'ahead' AND left(place.epoch, 12) > left(f.epoch, 12) THEN 'ahead' ELSE 'foreign' END;
  END IF;
  IF place.position > f.head THEN RETURN behind; END IF;
  IF place.position < f.floor THEN RETURN 'expired'; END IF;
  IF ${s}.mark_of(f.feed, place.position) IS DISTINCT FROM place.mark THEN RETURN 'lost'; END IF;
  RETURN 'good';
END $$;

-- Ends the feed's epoch and begins another. The feed has to be locked.
CREATE FUNCTION ${s}.begin_epoch(f ${s}.feed) RETURNS ${s}.feed LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now bigint := ${s}.now_ms();
  name text := ${s}.random_name();
  -- The clock makes epochs rise even where the same copy is put back twice.
  ordinal bigint := greatest(('x' || left(f.epoch, 12))::bit(48)::bigint + 1, now);
  begun ${s}.feed;
BEGIN
  UPDATE ${s}.feed SET epoch = ${s}.format_number(ordinal) || '.' || name, epoch_start = head
  WHERE feed = f.feed RETURNING * INTO begun;
  PERFORM ${s}.make_mark(begun, name, now);
  RETURN begun;
END $$;

-- The mark to write under from now on, made first where it is due. The feed has to be locked.
CREATE FUNCTION ${s}.write_mark(f ${s}.feed, is_due boolean, now bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  newest ${s}.mark;
BEGIN
  SELECT * INTO newest FROM ${s}.mark WHERE feed = f.feed ORDER BY position DESC LIMIT 1;
  IF FOUND AND NOT is_due AND newest.incarnation = ${s}.incarnation() AND now - newest.made_at BETWEEN 0 AND 3600000 THEN
    RETURN newest.name;
  END IF;
  newest.name := ${s}.random_name();
  PERFORM ${s}.make_mark(f, newest.name, now);
  RETURN newest.name;
END $$;
`
