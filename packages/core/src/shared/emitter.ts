/** Events, told to whoever listens. A listener is the app's code: what it throws must never reach the engine. */

export interface Emitter<Events extends object> {
  /** Calls `listener` at every such event from now on. Returns how to stop; stopping twice is safe. */
  on<Name extends keyof Events>(event: Name, listener: (payload: Events[Name]) => void): () => void
  /** Calls the listeners of now, in the order they came. One that throws harms no other. */
  emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void
  /** True where somebody listens: an expensive payload need not be made for nobody. */
  has(event: keyof Events): boolean
  /** Forgets all listeners. */
  clear(): void
}

export interface EmitterOptions<Events extends object> {
  /** Told what a listener threw. What it throws itself is dropped: there is nobody left to tell. */
  readonly onError?: (error: unknown, event: keyof Events) => void
}

type Registration = { readonly listener: (payload: never) => void }

/** Makes an emitter for the events named by the keys of `Events`. */
export function createEmitter<Events extends object>(options: EmitterOptions<Events> = {}): Emitter<Events> {
  const registrationsByEvent = new Map<keyof Events, readonly Registration[]>()

  const tell = (error: unknown, event: keyof Events): void => {
    try {
      options.onError?.(error, event)
    } catch {
      // See onError.
    }
  }

  return {
    on: (event, listener) => {
      // A registration of its own, so that one listener given twice is called twice and stopped one by one. The list
      // is replaced, never changed: whoever comes or goes during an emit does not disturb it.
      const registration: Registration = { listener }
      registrationsByEvent.set(event, [...(registrationsByEvent.get(event) ?? []), registration])
      return () => {
        const rest = (registrationsByEvent.get(event) ?? []).filter((other) => other !== registration)
        if (rest.length > 0) registrationsByEvent.set(event, rest)
        else registrationsByEvent.delete(event)
      }
    },
    emit: (event, payload) => {
      for (const registration of registrationsByEvent.get(event) ?? []) {
        // Stopped by a listener before it: not called any more.
        if (registrationsByEvent.get(event)?.includes(registration) !== true) continue
        try {
          const answer: unknown = registration.listener(payload as never)
          if (answer instanceof Promise) answer.catch((error: unknown) => tell(error, event))
        } catch (error) {
          tell(error, event)
        }
      }
    },
    has: (event) => registrationsByEvent.has(event),
    clear: () => registrationsByEvent.clear(),
  }
}
