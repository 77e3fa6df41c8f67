import { type ReactElement, type ReactNode, useEffect, useState } from 'react'
import { addressOfDevice, SECOND_DEVICE } from '../../platform/device.ts'

/** Written into the address, so that a reload shows the same. */
const PARAMETER = 'split'

/** Whether a second device is shown beside this one, and how to change that. */
export function useSplit(): readonly [boolean, (isSplit: boolean) => void] {
  const [isSplit, setIsSplit] = useState(() => isSplitAddress())
  useEffect(() => {
    const follow = (): void => setIsSplit(isSplitAddress())
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const change = (next: boolean): void => {
    const address = new URL(location.href)
    if (next) address.searchParams.set(PARAMETER, '')
    else address.searchParams.delete(PARAMETER)
    history.pushState(null, '', address)
    setIsSplit(next)
  }
  return [isSplit, change]
}

function isSplitAddress(): boolean {
  return new URL(location.href).searchParams.has(PARAMETER)
}

export interface SplitViewProps {
  readonly isSplit: boolean
  readonly children: ReactNode
}

/** This device and, beside it, a second one: the same app on a store of its own, so that one sees them sync. */
export function SplitView({ isSplit, children }: SplitViewProps): ReactElement {
  return (
    <div className={isSplit ? 'split' : 'alone'}>
      <div className="device">{children}</div>
      {isSplit && (
        <iframe className="second-device" title="Second device" src={addressOfDevice(SECOND_DEVICE)} />
      )}
    </div>
  )
}
