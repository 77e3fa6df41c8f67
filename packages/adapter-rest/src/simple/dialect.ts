/** What only the simple dialect needs. It is loaded when it is used, so that nobody else's bundle carries it. */
export { fetchRecords } from './fetch.ts'
export { pull } from './pull.ts'
export { push } from './push.ts'
