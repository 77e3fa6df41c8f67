/** The few members of the platform's `fetch` that are used: the same in browsers, Node, Bun, Deno and Workers. */

export interface FetchInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal: AbortSignal
  readonly redirect: 'manual'
}

export interface FetchedBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

export interface FetchedResponse {
  readonly status: number
  readonly type: string
  readonly headers: { get(name: string): string | null }
  readonly body: FetchedBody | null
}

/** `fetch`, or something like it. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>
