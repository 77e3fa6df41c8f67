import { type ReactElement, useId } from 'react'
import { useServices, useStore } from '../../services.ts'

const TITLES = { system: 'System', light: 'Light', dark: 'Dark' } as const

export function ThemeChoice(): ReactElement {
  const { theme } = useServices()
  const chosen = useStore(theme)
  const name = useId()
  return (
    <fieldset className="field">
      <legend>Appearance</legend>
      <div className="segments">
        {(['system', 'light', 'dark'] as const).map((value) => (
          <label key={value} className="segment">
            <input type="radio" name={name} checked={chosen === value} onChange={() => theme.set(value)} />
            <span>{TITLES[value]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
