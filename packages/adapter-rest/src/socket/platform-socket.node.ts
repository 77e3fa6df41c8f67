import type { SocketConstructor } from '../options.ts'

/** The platform's WebSocket; before Node 22, where there is none, that of the package `ws`. */
export async function platformSocket(): Promise<SocketConstructor | undefined> {
  const { WebSocket } = globalThis as { readonly WebSocket?: SocketConstructor }
  return WebSocket ?? (await import('ws')).WebSocket
}
