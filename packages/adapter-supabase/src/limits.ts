/** What the functions in the database and the adapter agree on. */

/** Rises with what clients and functions say to each other; both must be of one. */
export const API_VERSION = 1
/** The largest document, in bytes of its JSON text. The functions in the database refuse larger ones. */
export const MAX_RECORD_BYTES: number = 4 * 1024 * 1024
/** The most mutations of one request: statements of signed-in users may take 8 seconds. */
export const MAX_BATCH = 500
/** For the body of one request. */
export const MAX_REQUEST_BYTES: number = MAX_RECORD_BYTES + 1024 * 1024
/** A page ends after the document that fills it. */
export const MAX_PAGE_BYTES: number = 4 * 1024 * 1024
/** Rows of one page, and ids of one fetch. */
export const MAX_ROWS = 500
/** The longest client id: in the database whose it is comes after it. */
export const MAX_CLIENT_ID_LENGTH = 100
