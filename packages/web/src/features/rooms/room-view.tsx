/**
 * An open room: bar, files and editor, what stands beside them, a panel, status. On narrow screens one pane at a time,
 * by tabs at the bottom.
 */
import { useCallback, useEffect, useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { Shown } from '../../shown.tsx';
import { readStored, writeStored } from '../../storage.ts';
import { useSelected, useStore } from '../../store.ts';
import { useCommandKey } from '../commands/use-command-key.ts';
import { EditorPane } from '../editor/editor-pane.tsx';
import { loadLanguages } from '../languages/languages.ts';
import { Splitter, splitStart } from '../layout/splitter.tsx';
import { narrowScreen, roomyScreen, useMedia } from '../layout/use-media.ts';
import { showToast } from '../notices/toasts.ts';
import { PanelColumn } from '../panels/panel-column.tsx';
import { PanelRail } from '../panels/panel-rail.tsx';
import { usePaneKeys } from '../panels/use-pane-keys.ts';
import { RunButton } from '../runs/run-button.tsx';
import type { OpenRoom } from './open-room.ts';
import { RoomBanner } from './room-banner.tsx';
import { RoomBar } from './room-bar.tsx';
import { isRunActive, mayChange } from './room-events.ts';
import { type RoomTab, RoomTabs } from './room-tabs.tsx';
import { type SidePane, SidePanes } from './side-panes.tsx';
import { StatusBar } from './status-bar.tsx';
import { useRoomKeys } from './use-room-keys.ts';
import { useVisualHeight } from './use-visual-height.ts';

const chatAfterMs = 1_000;
const commandList = createLoaded(() => import('../commands/command-list.tsx'));
const followBar = createLoaded(() => import('../follow/follow-bar.tsx'));
const callDock = createLoaded(() => import('../calls/call-dock.tsx'));

export function RoomView({ room }: { room: OpenRoom }) {
  const isNarrow = useMedia(narrowScreen);
  const isRoomy = useMedia(roomyScreen);
  const title = useSelected(room.events.state, (state) => state.room.title);
  const canChange = useSelected(room.events.state, mayChange);
  const isRunning = useSelected(room.events.state, (state) => isRunActive(state.run));
  const isInCall = useStore(room.call) !== null;
  const panel = useStore(room.panels.open);
  const followed = useStore(room.followed);
  const isCommanding = useStore(room.isCommanding);
  const [tab, setTab] = useState<RoomTab>('code');
  const [side, setSide] = useState<SidePane>('output');
  const [isBoardLarge, setBoardLarge] = useState(false);
  const [split, setSplit] = useState(() => readStored<number>('split') ?? splitStart);

  useEffect(() => {
    document.title = `${title} – Coderoom`;
  }, [title]);
  useEffect(() => {
    loadLanguages().catch(() => {}); // the picker then shows the room's language alone
  }, []);
  // It tells what is unread; nobody waits for it.
  useEffect(() => {
    const timer = setTimeout(room.chat.load, chatAfterMs);
    return () => clearTimeout(timer);
  }, [room]);
  useVisualHeight(isNarrow);

  const run = useCallback(() => {
    if (canChange) void room.runs.start();
    else showToast('Viewers cannot start the program.');
  }, [room, canChange]);
  useRoomKeys(run);
  usePaneKeys();
  useCommandKey(useCallback(() => room.isCommanding.set(true), [room]));
  const showTab = useCallback(
    (next: RoomTab) => {
      setTab(next);
      room.panels.close();
    },
    [room],
  );
  const show = (pane: RoomTab) => {
    if (isNarrow) showTab(pane);
    else if (pane !== 'code') {
      setSide(pane);
      if (!isRoomy) room.panels.close();
    }
  };
  const showCode = useCallback(() => {
    if (isNarrow) showTab('code');
  }, [isNarrow, showTab]);
  // What comes of it is what one wants to see next, unless it is seen besides, or one is drawing.
  useEffect(() => {
    if (!isRunning || document.activeElement?.closest('.board-pane') != null) return;
    if (isNarrow) showTab('output');
    else setSide('output');
    if (!isRoomy) room.panels.close();
  }, [isRunning, isNarrow, isRoomy, room, showTab]);

  const changeSplit = (percent: number) => {
    setSplit(percent);
    writeStored('split', percent);
  };
  // Where there is not the width for all, a panel takes the place of what stands beside the code.
  const shownSide = panel !== null && !isRoomy ? null : isNarrow ? sideOf(tab) : side;
  const isLarge = shownSide === 'board' && isBoardLarge && !isNarrow;
  const dock = isInCall && <Shown page={callDock} props={{ room }} isPart />;
  return (
    <div className="room" data-narrow={isNarrow}>
      <RoomBar room={room} canChange={canChange} isNarrow={isNarrow} />
      <RoomBanner room={room} />
      <main className="room-panes">
        <div
          className="room-work"
          style={
            isNarrow || isLarge
              ? undefined
              : { gridTemplateColumns: `minmax(0, ${split}fr) 7px minmax(0, ${100 - split}fr) auto` }
          }
        >
          <div className="code-column" hidden={isLarge || (isNarrow && (tab !== 'code' || panel !== null))}>
            {followed !== null && <Shown key={followed} page={followBar} props={{ room, memberId: followed }} isPart />}
            <EditorPane room={room} canChange={canChange} isNarrow={isNarrow} />
            {!isNarrow && !isLarge && dock}
          </div>
          {!isNarrow && !isLarge && <Splitter value={split} onChange={changeSplit} />}
          <SidePanes
            room={room}
            canChange={canChange}
            isNarrow={isNarrow}
            shown={shownSide}
            onShow={setSide}
            isLarge={isLarge}
            onLarge={setBoardLarge}
            onJump={showCode}
          />
          {/* In the same place of the tree at every width: turning a tablet takes away nothing that was begun in it. */}
          {panel !== null && (
            <PanelColumn key={panel} room={room} name={panel} canChange={canChange} isNarrow={isNarrow} />
          )}
        </div>
        {!isNarrow && <PanelRail room={room} />}
      </main>
      {(isNarrow || isLarge) && dock}
      <StatusBar room={room} isNarrow={isNarrow} />
      {isCommanding && (
        <Shown
          page={commandList}
          props={{ room, canChange, run, show, onClose: () => room.isCommanding.set(false) }}
          isPart
        />
      )}
      {isNarrow && (
        <RoomTabs room={room} tab={tab} onTab={showTab}>
          <RunButton room={room} canChange={canChange} />
        </RoomTabs>
      )}
    </div>
  );
}

function sideOf(tab: RoomTab): SidePane | null {
  return tab === 'code' ? null : tab;
}
