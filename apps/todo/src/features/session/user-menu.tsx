import type { ReactElement } from 'react'
import { FIRST_DEVICE } from '../../platform/device.ts'
import { useServices } from '../../services.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Icon } from '../../ui/icons.tsx'
import { hasRoomForTwo, isInFrame, openSecondDevice } from '../devices/open-second-device.ts'
import { useSampleTodos } from '../samples/use-sample-todos.ts'
import { ThemeChoice } from '../theme/theme-choice.tsx'

export interface UserMenuProps {
  readonly name: string
  readonly onSignOut: () => void
  readonly isSplit: boolean
  readonly onSplit: (isSplit: boolean) => void
}

export function UserMenu({ name, onSignOut, isSplit, onSplit }: UserMenuProps): ReactElement {
  const { device } = useServices()
  const addSamples = useSampleTodos()
  return (
    <Disclosure name="Menu" button={<Icon name="user" />}>
      {(close) => (
        <div className="menu">
          <p>
            Signed in as <strong>{name}</strong>
          </p>
          <ThemeChoice />
          <MenuButton close={close} onClick={() => void addSamples(50)}>
            Add 50 sample todos
          </MenuButton>
          <MenuButton close={close} onClick={() => void addSamples(10_000)}>
            Add 10,000 sample todos
          </MenuButton>
          {device === FIRST_DEVICE && !isInFrame() && (
            <SecondDeviceButtons close={close} isSplit={isSplit} onSplit={onSplit} />
          )}
          <MenuButton close={close} onClick={onSignOut}>
            Sign out
          </MenuButton>
          <p className="item-note">
            <kbd>Ctrl</kbd> <kbd>J</kbd> new todo, <kbd>Ctrl</kbd> <kbd>K</kbd> search, <kbd>Ctrl</kbd>{' '}
            <kbd>Z</kbd> undo a removal, arrow keys in the list, <kbd>Delete</kbd>
          </p>
        </div>
      )}
    </Disclosure>
  )
}

interface SecondDeviceProps {
  readonly close: () => void
  readonly isSplit: boolean
  readonly onSplit: (isSplit: boolean) => void
}

function SecondDeviceButtons({ close, isSplit, onSplit }: SecondDeviceProps): ReactElement {
  return (
    <>
      {(isSplit || hasRoomForTwo()) && (
        <MenuButton close={close} onClick={() => onSplit(!isSplit)}>
          {isSplit ? 'Close the second device' : 'Second device, side by side'}
        </MenuButton>
      )}
      {!isSplit && (
        <MenuButton close={close} onClick={openSecondDevice}>
          Second device in a window
        </MenuButton>
      )}
    </>
  )
}

interface MenuButtonProps {
  readonly close: () => void
  readonly onClick: () => void
  readonly children: string
}

function MenuButton({ close, onClick, children }: MenuButtonProps): ReactElement {
  return (
    <button
      type="button"
      className="menu-button"
      onClick={() => {
        close()
        onClick()
      }}
    >
      {children}
    </button>
  )
}
