/**
 * What every function that callers may execute sets for itself. Names are looked up in the system's schema only, since
 * these functions run with the rights of their owner. Plans are made once and follow the indexes, whatever the statistics
 * said at that moment: a plan made for an empty table would otherwise stay for a full one.
 */
export const SETTINGS: string = `SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off`
