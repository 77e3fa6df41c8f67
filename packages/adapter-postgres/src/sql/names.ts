/**
 * The texts that name histories and states. All parts have a fixed width in hexadecimal, whose digits sort by code unit
 * as the numbers do.
 *
 *   epoch    <ordinal, 12>.<random, 12>                 0198abcdef01.5f0c9e12ab34
 *   version  <ordinal, 12>.<position, 12>.<mark, 12>    0198abcdef01.00000000002a.5f0c9e12ab34
 *
 * A version carries the mark its position was written under. A mark is made before a process first writes to a scope,
 * every hour, and whenever the server is another or was restarted or restored since the newest one: so a backup that
 * was put back never makes a version that was made before (A2, A4).
 */
export const namesSql = (s: string): string => `
CREATE FUNCTION ${s}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- 48 random bits, from the server's source of strong randomness.
CREATE FUNCTION ${s}.random_name() RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT right(gen_random_uuid()::text, 12) $$;

CREATE FUNCTION ${s}.format_number(value bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad(to_hex(value), 12, '0') $$;

CREATE FUNCTION ${s}.format_version(epoch text, at bigint, mark text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT left(epoch, 12) || '.' || lpad(to_hex(at), 12, '0') || '.' || mark $$;

-- The version of what was written so many positions after that of a version, under the same mark.
CREATE FUNCTION ${s}.version_after(version text, steps bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT left(version, 13) || ${s}.format_number(('x' || substr(version, 14, 12))::bit(48)::bigint + steps) || right(version, 13)
$$;

-- Changes with every start of every server, with each database, and with each filling of the tables from a backup.
CREATE FUNCTION ${s}.incarnation() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN concat_ws('.',
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    '${s}.feed'::regclass::oid,
    pg_relation_filenode('${s}.feed'::regclass));
END $$;
`
