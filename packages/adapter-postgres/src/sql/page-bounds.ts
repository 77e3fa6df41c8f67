/** A page ends after the row that fills it: so many bytes of documents. */
export const PAGE_BYTES = 8_388_608
/** Changes in one answer, at most, whatever the limit. */
export const ROWS_PER_PAGE = 10_000
/** Rows looked at in one call, at most; what is found until then is a page. */
export const ROWS_PER_CALL = 20_000
