/** The strings that travel with records. All are opaque to everyone but the one who makes them. */

/**
 * Names one state of one record on the backend. It never comes again: not after deletes, re-creation, restores or
 * failovers. Versions of one record sort in commit order by code unit, unless the adapter says `orderedVersions: false`.
 */
export type Version = string

/** Epoch and position in a scope's feed, opaque to the client. It knows nothing of collections or filters. */
export type Cursor = string

/**
 * A hybrid logical time: 12 hex digits of milliseconds, `-`, 4 of counter, `-`, 16 of node, lower case; compared as a
 * string. See clock/hybrid-clock.ts.
 */
export type Hlc = string

/** An RFC 6901 pointer such as `/user/name`. */
export type JsonPointer = string

/** The keys that lead to a value inside a document: `['user', 'name']`. */
export type Path = readonly string[]
