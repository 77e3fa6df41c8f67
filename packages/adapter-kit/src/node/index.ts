/** What only Node has. */
export { hmacSeal } from './hmac-seal.ts'
