/** The adapter's own tables about users' tables. */

/** Their names, for grants. */
export const TABLE_NAMES: readonly string[] = ['synclayer_table', 'synclayer_inbox']

/**
 * Columns by table. A note in the inbox has a number that no other note of the same record has; the number comes from no
 * counter that is locked, so those who note never wait for one another.
 */
export const TABLE_COLUMNS: Readonly<Record<string, string>> = {
  synclayer_table: `  collection VARCHAR(63) NOT NULL PRIMARY KEY,
  definition LONGTEXT NOT NULL,
  triggers LONGTEXT NOT NULL`,
  synclayer_inbox: `  seq BIGINT UNSIGNED NOT NULL,
  scope VARCHAR(128) NOT NULL,
  collection VARCHAR(63) NOT NULL,
  id VARCHAR(255) NOT NULL,
  PRIMARY KEY (seq, scope, collection, id),
  KEY synclayer_record (scope, collection, id)`,
}

/** The fact in `synclayer_meta` that changes whenever the set of synced tables does. */
export const GENERATION = 'tables'
