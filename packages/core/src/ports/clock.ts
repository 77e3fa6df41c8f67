/** The device's wall clock. Nothing in the engine reads the time any other way. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. It may jump. */
  now(): number
}
