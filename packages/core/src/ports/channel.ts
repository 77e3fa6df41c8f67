/** A channel that all pages and workers of one origin share: what one posts reaches all others that opened it. */
export interface Channel {
  post(message: unknown): void
  close(): void
}

export interface Channels {
  /** `told` is called with what others post, and with nothing after `close`. */
  open(name: string, told: (message: unknown) => void): Channel
}
