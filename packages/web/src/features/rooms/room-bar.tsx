/** The bar at the top of a room: what it is called, its language, running it, who is there, and asking others in. */

import { command } from '../commands/key-names.ts';
import { RoomLanguage } from '../languages/room-language.tsx';
import { Icon } from '../layout/icon.tsx';
import { Link } from '../layout/link.tsx';
import { Logo } from '../layout/logo.tsx';
import { PeopleButton } from '../members/people-button.tsx';
import { RunButton } from '../runs/run-button.tsx';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import { InviteButton } from './invite-button.tsx';
import type { OpenRoom } from './open-room.ts';
import { OwnerMenu } from './owner-menu.tsx';
import { RoomTitle } from './room-title.tsx';

export interface RoomBarProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
}

export function RoomBar({ room, canChange, isNarrow }: RoomBarProps) {
  return (
    <header className="room-bar">
      <Link className="room-home" href="/" aria-label="Coderoom start page">
        <Logo />
      </Link>
      <RoomTitle room={room} canChange={canChange} />
      {!isNarrow && (
        <div className="room-bar-middle">
          <RoomLanguage room={room} canChange={canChange} />
          <RunButton room={room} canChange={canChange} />
        </div>
      )}
      <div className="room-bar-end">
        {!isNarrow && <PeopleButton room={room} />}
        <InviteButton room={room} isNarrow={isNarrow} />
        {!isNarrow && (
          <button
            type="button"
            className="icon-button"
            aria-label="Commands"
            title={`Commands (${command('K')})`}
            onClick={() => room.isCommanding.set(true)}
          >
            <Icon name="search" />
          </button>
        )}
        <ThemeSwitch />
        <OwnerMenu room={room} />
      </div>
    </header>
  );
}
