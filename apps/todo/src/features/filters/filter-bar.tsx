import { type ReactElement, type RefObject, useId } from 'react'
import type { Counts, View } from '../../model/select-todos.ts'
import { Icon } from '../../ui/icons.tsx'

export interface FilterBarProps {
  readonly view: View
  readonly counts: Counts
  readonly tags: readonly string[]
  readonly searchField: RefObject<HTMLInputElement | null>
  readonly onChange: (view: View) => void
  readonly onClearDone: () => void
}

const STATUS_TITLES = { all: 'All', open: 'Open', done: 'Done' } as const
const SORT_TITLES = { manual: 'My order', due: 'Due date', priority: 'Priority' } as const

/** What of the list is shown, in which order, and how much there is. */
export function FilterBar(props: FilterBarProps): ReactElement {
  const { view, counts, tags, searchField, onChange, onClearDone } = props
  const id = useId()
  return (
    <div className="filter-bar" role="group" aria-label="Filters">
      <div className="segments" role="group" aria-label="Show">
        {(['all', 'open', 'done'] as const).map((status) => (
          <button
            key={status}
            type="button"
            className="segment"
            aria-pressed={view.status === status}
            onClick={() => onChange({ ...view, status })}
          >
            <span>
              {STATUS_TITLES[status]} <span className="count">{counts[status].toLocaleString()}</span>
            </span>
          </button>
        ))}
      </div>
      <label className="search">
        <Icon name="search" />
        <span className="unseen">Search todos</span>
        <input
          ref={searchField}
          type="search"
          placeholder="Search"
          value={view.search}
          onChange={(event) => onChange({ ...view, search: event.target.value })}
        />
      </label>
      <div className="choices">
        {tags.length > 0 && (
          <div className="choice">
            <label htmlFor={`${id}-tag`}>Tag</label>
            <select
              id={`${id}-tag`}
              value={view.tag ?? ''}
              onChange={(event) =>
                onChange({ ...view, tag: event.target.value === '' ? null : event.target.value })
              }
            >
              <option value="">All</option>
              {tags.map((tag) => (
                <option key={tag}>{tag}</option>
              ))}
            </select>
          </div>
        )}
        <div className="choice" data-choice="sort">
          <label htmlFor={`${id}-sort`}>Sort by</label>
          <select
            id={`${id}-sort`}
            value={view.sort}
            onChange={(event) => onChange({ ...view, sort: event.target.value as View['sort'] })}
          >
            {(['manual', 'due', 'priority'] as const).map((sort) => (
              <option key={sort} value={sort}>
                {SORT_TITLES[sort]}
              </option>
            ))}
          </select>
        </div>
        <button type="button" className="quiet" disabled={counts.done === 0} onClick={onClearDone}>
          Clear done
        </button>
      </div>
    </div>
  )
}
