/** The wire between an engine of a lab and its backend, where a test may answer itself, hold what is under way, or look on. */
import type { BackendAdapter } from '../ports/adapter.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type {
  FetchRequest,
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
} from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'

/** What lies between an engine and its backend. Each hook may answer itself, or let the request through. */
export interface Wire {
  push?: (request: PushRequest, through: () => Promise<PushResponse>) => Promise<PushResponse>
  pull?: (request: PullRequest, through: () => Promise<PullResponse>) => Promise<PullResponse>
  fetch?: (
    request: FetchRequest & { readonly scope: string },
    through: () => Promise<readonly RemoteRecord[]>,
  ) => Promise<readonly RemoteRecord[]>
  open?: () => Promise<void>
  readonly pushes: PushRequest[]
  readonly pulls: PullRequest[]
  /** Aborts that reached the adapter. */
  aborts: number
}

/** The backend as one process reaches it over the wire. Nothing goes through once the process is dead. */
export function wired(
  inner: BackendAdapter,
  wire: Wire,
  life: { readonly alive: boolean },
  capabilities: Partial<AdapterCapabilities> = {},
): BackendAdapter {
  const guarded = async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
    if (!life.alive) return new Promise(() => undefined)
    signal.addEventListener('abort', () => (wire.aborts += 1))
    const answer = await call()
    return life.alive ? answer : new Promise(() => undefined)
  }
  return {
    ...inner,
    capabilities: { ...inner.capabilities, ...capabilities },
    open: async (context) => {
      await wire.open?.()
      await inner.open(context)
    },
    push: (request, signal) =>
      guarded(signal, () => {
        wire.pushes.push(request)
        const through = (): Promise<PushResponse> => inner.push(request, signal)
        return wire.push?.(request, through) ?? through()
      }),
    pull: (request, signal) =>
      guarded(signal, () => {
        wire.pulls.push(request)
        const through = (): Promise<PullResponse> => inner.pull(request, signal)
        return wire.pull?.(request, through) ?? through()
      }),
    fetch: (request, signal) =>
      guarded(signal, () => {
        const through = (): Promise<readonly RemoteRecord[]> => inner.fetch(request, signal)
        return wire.fetch?.(request, through) ?? through()
      }),
  }
}
