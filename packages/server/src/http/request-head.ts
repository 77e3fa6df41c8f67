import type { RequestHead } from '../contract.ts'

/** What is known of a request before its body is read. */
export function headOf({ method, url, headers }: Request): RequestHead {
  return { method, url: new URL(url), header: (name) => headers.get(name) }
}
