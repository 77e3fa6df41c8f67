/**
 * Judging: what becomes of each mutation; null: it is to be applied. Answers given earlier come before anything else is
 * looked at (A3); then what is wrong with the mutation itself; then the record's version (A2). The feed has to be locked,
 * and no two units of the batch may share a record or an id.
 *
 * An outcome is what the contract says, without the id. An acceptance is nothing but its version, a JSON string: of most
 * pushes every outcome is one.
 */
export const judgeSql = (s: string): string => String.raw`
CREATE FUNCTION ${s}.outcome_json(outcome jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(outcome) = 'string' THEN jsonb_build_object('status', 'accepted', 'version', outcome) ELSE outcome END
$$;

-- Tells a mutation from another with the same id: by the time of its edit, and by what it changes.
CREATE FUNCTION ${s}.identity("time" text, kind text, collection text, record_id text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT "time" || ' ' || kind || ' ' || collection || ' ' || record_id $$;

-- Whether an answer may be known for any of these: for the most part none is, and one look at the runs of each client says so.
CREATE FUNCTION ${s}.may_be_known(of_feed integer, batch ${s}.mutation[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM (SELECT m.client, min(m.n) AS low, max(m.n) AS high FROM unnest(batch) m GROUP BY m.client) c
    CROSS JOIN LATERAL (SELECT k.first FROM ${s}.result k
      WHERE k.feed = of_feed AND k.client = c.client AND k.last >= c.low ORDER BY k.last LIMIT 1) run
    WHERE run.first <= c.high);
END $$;

-- documents: what patches make of their documents; null for all else.
CREATE FUNCTION ${s}.judge(of_feed integer, batch ${s}.mutation[], requests jsonb[], most_bytes integer,
  OUT outcomes jsonb[], OUT documents jsonb[]) LANGUAGE plpgsql STABLE AS $$
DECLARE
  may_be_known boolean := ${s}.may_be_known(of_feed, batch);
  has_patches boolean;
  has_groups boolean;
BEGIN
  SELECT array_agg(v.outcome), array_agg(CASE WHEN v.outcome IS NULL AND m.kind = 'patch' THEN r.document END),
    bool_or(v.outcome IS NULL AND m.kind = 'patch'), bool_or(m."group" IS NOT NULL)
  INTO outcomes, documents, has_patches, has_groups
  FROM unnest(batch) m
  LEFT JOIN LATERAL (SELECT k.first, k.version, k.identities FROM ${s}.result k
    WHERE may_be_known AND k.feed = of_feed AND k.client = m.client AND k.last >= m.n ORDER BY k.last LIMIT 1) run
    ON run.first <= m.n
  LEFT JOIN LATERAL (SELECT c.* FROM ${s}.record c
    WHERE c.feed = of_feed AND c.collection = m.collection AND c.id = m.record_id OFFSET 0) r ON true
  CROSS JOIN LATERAL (SELECT CASE
      WHEN run.first IS NOT NULL THEN
        CASE WHEN split_part(run.identities, E'\n', (m.n - run.first + 1)::integer)
            = ${s}.identity(m.sent_time, m.kind, m.collection, m.record_id)
          THEN to_jsonb(${s}.version_after(run.version, m.n - run.first))
          ELSE ${s}.rejected('MUTATION_ID_REUSED', 'The id was given to another mutation before') END
      WHEN m.refusal IS NOT NULL THEN m.refusal
      WHEN r.version IS DISTINCT FROM m.base THEN jsonb_build_object('status', 'conflict', 'current',
        CASE WHEN r.feed IS NOT NULL THEN ${s}.record_json(r::${s}.record, requests[m.request] -> 'fields' -> m.collection) END)
      WHEN m.kind = 'patch' AND r.deleted THEN ${s}.rejected('INVALID_MUTATION', 'A patch needs a document to change')
    END AS outcome OFFSET 0) v;
  IF has_patches THEN
    SELECT array_agg(CASE
        WHEN d.document IS NULL THEN outcomes[m.ordinality]
        WHEN p.problem IS NOT NULL THEN ${s}.rejected('INVALID_MUTATION', p.problem)
        ELSE ${s}.size_refusal(p.patched, p.patched::text, most_bytes)
      END), array_agg(p.patched)
    INTO outcomes, documents
    FROM unnest(batch) WITH ORDINALITY m
    CROSS JOIN LATERAL (SELECT documents[m.ordinality] AS document OFFSET 0) d
    LEFT JOIN LATERAL ${s}.apply_patch(d.document, m.patch) p ON true;
  END IF;
  IF has_groups THEN outcomes := ${s}.judge_groups(batch, outcomes); END IF;
END $$;

-- A group is applied whole or not at all (A10). Every culprit keeps its own outcome, so that one answer is enough to put
-- the group right.
CREATE FUNCTION ${s}.judge_groups(batch ${s}.mutation[], outcomes jsonb[]) RETURNS jsonb[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(
    SELECT CASE
      WHEN verdict IS NOT NULL OR bool_and(verdict IS NULL OR jsonb_typeof(verdict) = 'string') OVER (PARTITION BY unit)
        THEN verdict
      ELSE '{"status":"aborted"}'
    END
    FROM (
      SELECT m.unit, m.ordinality, CASE
        WHEN outcomes[m.ordinality] IS NULL
          AND row_number() OVER (PARTITION BY m.unit, m.collection, m.record_id ORDER BY m.ordinality) > 1
          THEN ${s}.rejected('INVALID_MUTATION', 'A group may change a record only once')
        ELSE outcomes[m.ordinality]
      END AS verdict
      FROM unnest(batch) WITH ORDINALITY m
    ) each
    ORDER BY ordinality
  );
END $$;
`
