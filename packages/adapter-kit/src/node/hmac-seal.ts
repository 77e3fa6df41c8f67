import { createHmac } from 'node:crypto'
import type { Seal } from '../feed/cursor.ts'

/** Seals with HMAC-SHA-256 (RFC 2104) under `key`, which is kept where the feed is, and nowhere else. */
export function hmacSeal(key: string): Seal {
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}
