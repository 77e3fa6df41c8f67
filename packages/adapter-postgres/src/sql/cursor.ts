/**
 * The cursor's text. It names the epoch, a position, and the mark that position was written under, so that a cursor of
 * a history that was undone by a restore is noticed even after new writes have reached its position.
 *
 *   1:<epoch>:<position>:<mark>:<seal>                       in the feed
 *   1:<epoch>:<start>:<mark>:<walked to>:<rows>:<seal>       in a snapshot that began when `start` was the head
 *
 * A cursor from beyond the head ends the epoch for everyone, so nobody may make one up: the seal is an HMAC-SHA-256 over
 * scope and text (96 bits of it), with a key that is kept in the database. `meta` holds the key as HMAC uses it, in two
 * blocks.
 */
export const cursorSql = (s: string): string => `
CREATE FUNCTION ${s}.make_seal_key() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  key bytea := sha256(decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
  inner_block bytea := decode(repeat('36', 64), 'hex');
  outer_block bytea := decode(repeat('5c', 64), 'hex');
BEGIN
  FOR i IN 0..31 LOOP
    inner_block := set_byte(inner_block, i, get_byte(inner_block, i) # get_byte(key, i));
    outer_block := set_byte(outer_block, i, get_byte(outer_block, i) # get_byte(key, i));
  END LOOP;
  INSERT INTO ${s}.meta VALUES
    ('seal_inner', encode(inner_block, 'hex')), ('seal_outer', encode(outer_block, 'hex'))
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION ${s}.seal(scope text, text text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  inner_block bytea;
  outer_block bytea;
BEGIN
  SELECT decode(i.value, 'hex'), decode(o.value, 'hex') INTO inner_block, outer_block
  FROM ${s}.meta i, ${s}.meta o WHERE i.name = 'seal_inner' AND o.name = 'seal_outer';
  RETURN left(encode(sha256(outer_block || sha256(inner_block || convert_to(scope || E'\\n' || text, 'UTF8'))), 'hex'), 24);
END $$;

CREATE FUNCTION ${s}.encode_cursor(scope text, place ${s}.place) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  body text := concat_ws(':', '1', place.epoch, place.position, place.mark, place.walk_to, place.walk_rows);
BEGIN
  RETURN body || ':' || ${s}.seal(scope, body);
END $$;

-- Null for a text that no version of this schema wrote. Without an epoch: of another database, or of another scope.
CREATE FUNCTION ${s}.decode_cursor(scope text, cursor text) RETURNS ${s}.place LANGUAGE plpgsql STABLE AS $$
DECLARE
  part text[];
  seal text;
BEGIN
  -- The form is looked at loosely, since that is quick; what bears the seal is in order.
  IF cursor IS NULL OR length(cursor) > 200
    OR cursor !~ '^1:[0-9a-f]+\\.[0-9a-f]+:[0-9]+:[0-9a-f-]+:([0-9]+:[0-9]+:)?[0-9a-f]+$' THEN
    RETURN NULL;
  END IF;
  part := string_to_array(cursor, ':');
  seal := part[cardinality(part)];
  IF seal <> ${s}.seal(scope, left(cursor, -length(seal) - 1)) THEN
    RETURN ROW(NULL, 0, '-', NULL, NULL)::${s}.place;
  END IF;
  IF cardinality(part) = 5 THEN RETURN ROW(part[2], part[3]::bigint, part[4], NULL, NULL)::${s}.place; END IF;
  RETURN ROW(part[2], part[3]::bigint, part[4], part[5]::bigint, part[6]::bigint)::${s}.place;
END $$;
`
