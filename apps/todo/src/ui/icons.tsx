/** The drawings of the app. They are never the only name of something. */
import type { ReactElement } from 'react'

const PATHS = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  cloud: 'M7 18h10a4 4 0 0 0 .6-7.96A6 6 0 0 0 6.1 11 3.6 3.6 0 0 0 7 18z',
  cloudOff: 'M4 4l16 16M9 6.2A6 6 0 0 1 17.6 10 4 4 0 0 1 20 16M7 18a3.6 3.6 0 0 1-.9-7M7 18h9',
  alert: 'M12 8v5m0 3.2v.1M12 3.5l9 16H3z',
  grip: 'M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01',
  more: 'M6 9l6 6 6-6',
  trash: 'M5 7h14M10 7V4.5h4V7m-7.5 0l.8 12.5h9.4L17.5 7M10 10.5v6M14 10.5v6',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
  plus: 'M12 5v14M5 12h14',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2',
  flag: 'M6 21V4m0 .5h11l-2.5 4 2.5 4H6',
  calendar: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4',
  split: 'M4 5h16v14H4zM12 5v14',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
