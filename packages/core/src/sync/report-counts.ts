/** What a round has done so far. */
export interface ReportCounts {
  pushed: number
  pulled: number
  conflicts: number
  parked: number
}

export function newCounts(): ReportCounts {
  return { pushed: 0, pulled: 0, conflicts: 0, parked: 0 }
}

export function addCounts(total: ReportCounts, more: ReportCounts): void {
  total.pushed += more.pushed
  total.pulled += more.pulled
  total.conflicts += more.conflicts
  total.parked += more.parked
}
