import type { SocketConstructor } from '../options.ts'

/** The platform's WebSocket; undefined where it has none. */
export async function platformSocket(): Promise<SocketConstructor | undefined> {
  return (globalThis as { readonly WebSocket?: SocketConstructor }).WebSocket
}
