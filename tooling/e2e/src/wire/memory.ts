import type { Memory } from './server-process.ts'

const MIB = 1024 * 1024

/** What a process has grown by, in MiB. */
export function grownBy(before: Memory, after: Memory): Memory {
  return { resident: (after.resident - before.resident) / MIB, heap: (after.heap - before.heap) / MIB }
}

/** The same in words. */
export function growthText({ resident, heap }: Memory): string {
  return `the server grew by ${resident.toFixed(0)} MiB, its heap by ${heap.toFixed(1)} MiB`
}
