/**
 * Judging: what becomes of each mutation; null: it is to be applied. Answers given earlier come before anything else is
 * looked at (A3); then what is wrong with the mutation itself; then the record's version (A2). The feed has to be locked,
 * and no two units of the batch may share a record or an id.
 */
export const judgeSql = (s: string): string => `
-- Tells a mutation from another with the same id: by the time of its edit, and by what it changes.
CREATE FUNCTION ${s}.identity("time" text, kind text, collection text, record_id text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT "time" || ' ' || kind || ' ' || collection || ' ' || record_id $$;

-- documents: what patches make of their documents; null for all else.
CREATE FUNCTION ${s}.judge(of_feed integer, batch ${s}.mutation[], requests jsonb[], most_bytes integer,
  OUT outcomes jsonb[], OUT documents jsonb[]) LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT array_agg(CASE
      WHEN v.outcome IS NOT NULL OR m.kind <> 'patch' THEN v.outcome
      WHEN p.problem IS NOT NULL THEN ${s}.rejected('INVALID_MUTATION', p.problem)
      ELSE ${s}.size_refusal(p.patched, p.patched::text, most_bytes)
    END), array_agg(p.patched)
  INTO outcomes, documents
  FROM unnest(batch) m
  LEFT JOIN LATERAL (SELECT k.identity, k.version FROM ${s}.result k
    WHERE k.feed = of_feed AND k.client = m.client AND k.n = m.n OFFSET 0) known ON true
  LEFT JOIN LATERAL (SELECT c.* FROM ${s}.record c
    WHERE c.feed = of_feed AND c.collection = m.collection AND c.id = m.record_id OFFSET 0) r ON true
  CROSS JOIN LATERAL (SELECT CASE
      WHEN known.identity = ${s}.identity(m.sent_time, m.kind, m.collection, m.record_id)
        THEN jsonb_build_object('status', 'accepted', 'version', known.version)
      WHEN known.identity IS NOT NULL
        THEN ${s}.rejected('MUTATION_ID_REUSED', 'The id was given to another mutation before')
      WHEN m.refusal IS NOT NULL THEN m.refusal
      WHEN r.version IS DISTINCT FROM m.base THEN jsonb_build_object('status', 'conflict', 'current',
        CASE WHEN r.feed IS NOT NULL THEN ${s}.record_json(r::${s}.record, requests[m.request] -> 'fields' -> m.collection) END)
      WHEN m.kind = 'patch' AND r.deleted THEN ${s}.rejected('INVALID_MUTATION', 'A patch needs a document to change')
    END AS outcome OFFSET 0) v
  LEFT JOIN LATERAL ${s}.apply_patch(CASE WHEN v.outcome IS NULL AND m.kind = 'patch' THEN r.document END, m.patch) p ON true;
  outcomes := ${s}.judge_groups(batch, outcomes);
END $$;

-- A group is applied whole or not at all (A10). Every culprit keeps its own outcome, so that one answer is enough to put
-- the group right.
CREATE FUNCTION ${s}.judge_groups(batch ${s}.mutation[], outcomes jsonb[]) RETURNS jsonb[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM unnest(batch) m WHERE m."group" IS NOT NULL) THEN RETURN outcomes; END IF;
  RETURN ARRAY(
    SELECT CASE
      WHEN verdict IS NOT NULL OR bool_and(verdict IS NULL OR verdict ->> 'status' = 'accepted') OVER (PARTITION BY unit)
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
