/** What an adapter can do, as the engine relies on it; also what a server says of the backend behind it. */
export interface AdapterCapabilities {
  /** `relaxed` waives A1 to A4, and says so wherever the user looks. */
  readonly consistency: 'strict' | 'relaxed'
  /** Versions of one record sort in commit order by code unit. */
  readonly orderedVersions: boolean
  /** Takes `patch` mutations. Without, whole documents are sent and projections are refused. */
  readonly patch: boolean
  /** Applies groups whole or not at all. */
  readonly groups: boolean
  /** Has `subscribe`. */
  readonly realtime: boolean
  /** `full`: a replay is always answered as accepted. `record`: never applied twice, but perhaps answered as a conflict. */
  readonly memory: 'full' | 'record'
  /** The most mutations in one push, and so the largest group. */
  readonly maxBatch: number
  /** The largest document, in bytes of its JSON text in UTF-8. */
  readonly maxRecordBytes: number
}
