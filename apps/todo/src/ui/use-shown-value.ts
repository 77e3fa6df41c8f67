import { useState } from 'react'

/**
 * A value as a control shows it: what was just chosen, until it is stored or was refused. React would set a control back
 * at once to what is stored, and forward again a moment later.
 */
export function useShownValue<Value>(
  stored: Value,
  store: (value: Value) => Promise<unknown>,
): readonly [Value, (value: Value) => void] {
  const [chosen, setChosen] = useState<{ readonly value: Value } | null>(null)
  const choose = (value: Value): void => {
    const choice = { value }
    setChosen(choice)
    void store(value).finally(() => setChosen((current) => (current === choice ? null : current)))
  }
  return [chosen === null ? stored : chosen.value, choose]
}
